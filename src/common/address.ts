/** Where to dial: a literal or a host name, as somebody wrote it. */
export type DialAddress = { readonly host: string; readonly port: number };

/** `127.0.0.1:6001`, `[::1]:6001`, `gossip.example:6001`. */
export const formatAddress = ({ host, port }: DialAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
