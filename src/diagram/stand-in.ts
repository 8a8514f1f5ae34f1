/**
 * Finds out what a function of a definition does with its arguments, by calling it with stand-ins
 * that answer everything: which properties of the context a delay reads, which literals the params
 * of an action hold. Such functions are pure (architecture page, "Machine style").
 */

/** Something that has every property and can be called; `paths` gets the properties asked for. */
export const standIn = (path = '', paths = new Set<string>()): unknown =>
  new Proxy(() => {}, {
    get: (_, property) => {
      if (property === Symbol.toPrimitive) return () => Number.NaN;
      if (property === Symbol.iterator) return () => [][Symbol.iterator]();
      if (typeof property === 'symbol') return undefined;
      const below = path === '' ? property : `${path}.${property}`;
      paths.add(below);
      return standIn(below, paths);
    },
    apply: () => standIn(path, paths),
  });

/** What `run` returns; undefined when it cannot do with stand-ins. */
const attempt = (run: () => unknown): unknown => {
  try {
    return run();
  } catch {
    return undefined;
  }
};

/** The properties of the context that a function of it reads: "settings.pingTimeoutMs". */
export const pathsRead = (read: unknown): string[] => {
  if (typeof read !== 'function') return [];
  const paths = new Set<string>();
  attempt(() => (read as (args: unknown) => unknown)({ context: standIn('', paths) }));
  return [...paths].filter((path) => ![...paths].some((other) => other.startsWith(`${path}.`)));
};

export type Literal = string | number | boolean;

/** Params by their names; a name in an object within is "message.type". */
export type Literals = { readonly [name: string]: Literal };

const isLiteral = (value: unknown): value is Literal =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** The literals of a plain object, and of the plain objects in it. */
const literalsIn = (value: unknown, prefix = ''): [string, Literal][] =>
  typeof value !== 'object' || value === null || ArrayBuffer.isView(value)
    ? []
    : Object.entries(value).flatMap(([name, inner]): [string, Literal][] =>
        isLiteral(inner) ? [[`${prefix}${name}`, inner]] : literalsIn(inner, `${prefix}${name}.`),
      );

/**
 * True when the source writes the value right behind the name. What a stand-in's property was
 * compared with, or a text made from one, is not a literal, although a call returns one.
 */
const isWritten = (source: string, path: string, value: Literal): boolean => {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const text = String(value).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const written = typeof value === 'string' ? `(["'\`])${text}\\1` : text;
  return new RegExp(`\\b${name}["']?:\\s*${written}\\s*(?:as const\\s*)?[,}]`).test(source);
};

/** What an expression of a definition gives. */
export type Probed = {
  readonly literals: Literals;
  /** It hands on the event that the machine received. */
  readonly isEvent: boolean;
  /** It hands on its params. */
  readonly isParams: boolean;
};

/** Probes `params` of an action, or the event that one sends: a value or a function of them. */
export const probe = (expression: unknown): Probed => {
  if (typeof expression !== 'function') {
    return {
      literals: Object.fromEntries(literalsIn(expression)),
      isEvent: false,
      isParams: false,
    };
  }
  const event = standIn('event');
  const params = standIn('params');
  const run = expression as (args: unknown, params: unknown) => unknown;
  const result = attempt(() => run({ context: standIn(), event }, params));
  const source = String(expression);
  return {
    literals: Object.fromEntries(
      literalsIn(result).filter(([path, value]) => isWritten(source, path, value)),
    ),
    isEvent: result === event,
    isParams: result === params,
  };
};
