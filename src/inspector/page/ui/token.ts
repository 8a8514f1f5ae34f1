/**
 * The token of the inspector. It comes in the address, is taken out of it so that a shared link
 * does not give it away, and stays for as long as the browser's tab.
 */

const STORAGE_KEY = 'hearsay-inspector-token';

/** A browser may forbid storage altogether; then the token is only remembered by the page. */
const stored = (): string | undefined => {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
};

export const rememberToken = (token: string): void => {
  try {
    sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    return;
  }
};

/** The token that the page was opened with, now or earlier in this tab. */
export const takeToken = (): string | undefined => {
  const url = new URL(location.href);
  const token = url.searchParams.get('token');
  if (token === null) return stored();
  rememberToken(token);
  url.searchParams.delete('token');
  history.replaceState(null, '', url);
  return token;
};
