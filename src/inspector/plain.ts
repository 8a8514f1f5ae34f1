/**
 * Values from anywhere as plain JSON that is safe to show: what is no JSON becomes a mark in
 * angle quotes, what is secret is named and left out, what is long is cut and says so. Nothing of
 * the value is run: no getter, no `toJSON`, no trap of a proxy.
 */
import { types } from 'node:util';
import { plainData } from './item-data.js';
import type { Plain } from './protocol.js';

/** How much of a value is shown. */
export type PlainLimits = {
  /** Objects within objects. */
  readonly depth: number;
  /** Elements of one list, keys of one object. */
  readonly width: number;
  /** Characters of one text. */
  readonly textChars: number;
  /** Values in all, whatever their shape. */
  readonly values: number;
  /** Characters of all texts together. */
  readonly totalChars: number;
};

/** Enough for any context and message of ours; at most about 12 KiB of JSON. Our guess. */
export const PLAIN_LIMITS: PlainLimits = {
  depth: 6,
  width: 48,
  textChars: 300,
  values: 320,
  totalChars: 4_096,
};

/** Bytes of a buffer that are shown. */
export const HEX_BYTES = 16;

const SECRET = '‹secret›';
const KEY_CHARS_MAX = 80;
/** What messages, items and notices call the data of an item: people want to read it. */
const DATA_NAME = 'data';

/**
 * Names whose values never leave the daemon, whatever they are: `salt`, `hostKey`, `token`,
 * `apiToken`, `private_key`, `secret`, `passphrase`, `pem` … case and punctuation aside. A
 * challenge is none: it is said in clear on the wire in the next moment.
 */
const SECRET_NAME =
  /^(salt|hostkey|pem|seed)$|(secret|secrets|token|password|passphrase|privatekey)$/;
/** A key by its content, under whatever name. */
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY/;

/** Whether the value under this name is never shown. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAME.test(name.toLowerCase().replace(/[^a-z0-9]/g, ''));

/** Total: shows any value, at most so much of it, and never throws. */
export const plain = (value: unknown, limits: PlainLimits = PLAIN_LIMITS): Plain =>
  new Writer(limits).write(value, limits.depth);

/** The same for an object's properties, under their names. */
export const plainRecord = (
  value: object,
  limits: PlainLimits = PLAIN_LIMITS,
): { readonly [key: string]: Plain } => {
  const shown = plain(value, limits);
  return typeof shown === 'object' && shown !== null && !Array.isArray(shown)
    ? (shown as { readonly [key: string]: Plain })
    : { value: shown };
};

/** One value on its way: what is left of the limits, and what it is inside of. */
class Writer {
  readonly #limits: PlainLimits;
  readonly #around = new Set<object>();
  #valuesLeft: number;
  #charsLeft: number;

  constructor(limits: PlainLimits) {
    this.#limits = limits;
    this.#valuesLeft = limits.values;
    this.#charsLeft = limits.totalChars;
  }

  write(value: unknown, depth: number): Plain {
    this.#valuesLeft -= 1;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        // JSON has neither.
        return Number.isFinite(value) ? value : `‹${value}›`;
      case 'boolean':
        return value;
      case 'bigint':
        return this.#text(`‹${value}n›`);
      case 'undefined':
        return '‹undefined›';
      case 'symbol':
        return this.#text(`‹${String(value)}›`);
      case 'function':
        return '‹function›';
      case 'object':
        return value === null ? null : this.#guarded(value, depth);
    }
  }

  /** An object may be of a kind that nobody thought of; it does not get to break the stream. */
  #guarded(value: object, depth: number): Plain {
    if (isUnderProxy(value)) return '‹proxy›';
    if (types.isKeyObject(value) || types.isCryptoKey(value)) return SECRET;
    if (this.#around.has(value)) return '‹cycle›';
    this.#around.add(value);
    try {
      return this.#object(value, depth);
    } catch {
      return '‹unreadable›';
    } finally {
      this.#around.delete(value);
    }
  }

  #object(value: object, depth: number): Plain {
    if (types.isTypedArray(value) || types.isDataView(value)) {
      return bytesOf(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    }
    if (types.isAnyArrayBuffer(value)) return bytesOf(Buffer.from(value));
    if (types.isDate(value)) return dateText(value);
    if (types.isNativeError(value)) return this.#error(value);
    const isList = Array.isArray(value);
    const name = isList || types.isMap(value) || types.isSet(value) ? '' : classNameOf(value);
    // What a class keeps to itself is its own affair.
    if (name !== '') return this.#instance(value, name);
    if (depth <= 0) return isList ? `‹${value.length} elements›` : '‹…›';
    if (isList) return this.#list(value, depth);
    if (types.isMap(value)) {
      const entries = Map.prototype.entries.call(value) as IterableIterator<[unknown, unknown]>;
      return { map: sizeOf(value), entries: this.#entries(entries, depth) };
    }
    if (types.isSet(value)) {
      const values = Set.prototype.values.call(value) as IterableIterator<unknown>;
      return { set: sizeOf(value), values: this.#first(values, depth) };
    }
    return this.#properties(value, depth);
  }

  /** An actor by its names; anything else by its class. */
  #instance(value: object, name: string): Plain {
    const [id, sessionId] = [ownText(value, 'id'), ownText(value, 'sessionId')];
    if (id !== undefined && sessionId !== undefined) return this.#text(`‹actor ${id}›`);
    return this.#text(`‹${name}›`);
  }

  #error(error: Error): Plain {
    const code = ownText(error, 'code');
    const message = this.#text(ownText(error, 'message') ?? '');
    const name = this.#text(ownText(error, 'name') ?? (classNameOf(error) || 'Error'));
    return { error: name, message, ...(code !== undefined && { code: this.#text(code) }) };
  }

  #list(list: readonly unknown[], depth: number): Plain[] {
    const shown: Plain[] = [];
    for (let at = 0; at < list.length; at += 1) {
      if (this.#isFull(shown.length)) return [...shown, `‹${list.length - at} more›`];
      shown.push(this.#property(list, String(at), depth));
    }
    return shown;
  }

  #properties(value: object, depth: number): Plain {
    const keys = Object.keys(value);
    const shown: [string, Plain][] = [];
    for (const [at, key] of keys.entries()) {
      if (this.#isFull(shown.length)) {
        shown.push(['‹…›', `‹${keys.length - at} more›`]);
        break;
      }
      shown.push([cut(key, KEY_CHARS_MAX), this.#property(value, key, depth)]);
    }
    // Unlike an assignment this makes a property even of `__proto__`.
    return Object.fromEntries(shown);
  }

  #property(of: object, key: string, depth: number): Plain {
    const property = Object.getOwnPropertyDescriptor(of, key);
    if (isSecretName(key) && property?.value !== undefined) return SECRET;
    if (property === undefined) return '‹empty›';
    if (key === DATA_NAME && types.isUint8Array(property.value)) return this.#data(property.value);
    return 'value' in property ? this.write(property.value, depth - 1) : '‹getter›';
  }

  #data({ buffer, byteOffset, byteLength }: Uint8Array): Plain {
    this.#valuesLeft -= 1;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    return plainData(bytes, (text) => this.#text(text));
  }

  #entries(entries: Iterable<[unknown, unknown]>, depth: number): Plain[] {
    const shown: Plain[] = [];
    for (const [key, value] of entries) {
      if (this.#isFull(shown.length)) return [...shown, '‹more›'];
      const isSecret = typeof key === 'string' && isSecretName(key);
      shown.push([this.write(key, depth - 1), isSecret ? SECRET : this.write(value, depth - 1)]);
    }
    return shown;
  }

  #first(values: Iterable<unknown>, depth: number): Plain[] {
    const shown: Plain[] = [];
    for (const value of values) {
      if (this.#isFull(shown.length)) return [...shown, '‹more›'];
      shown.push(this.write(value, depth - 1));
    }
    return shown;
  }

  #isFull(shown: number): boolean {
    return shown >= this.#limits.width || this.#valuesLeft <= 0;
  }

  #text(text: string): string {
    if (SECRET_TEXT.test(text.length > KEY_TEXT_CHARS ? text.slice(0, KEY_TEXT_CHARS) : text)) {
      return SECRET;
    }
    const shown = cut(text, Math.max(0, Math.min(this.#limits.textChars, this.#charsLeft)));
    this.#charsLeft -= shown.length;
    return shown;
  }
}

/** Where the first line of a key is looked for: longer texts are cut before that anyway. */
const KEY_TEXT_CHARS = 4_096;

const cut = (text: string, charsMax: number): string =>
  text.length <= charsMax
    ? text
    : `${text.slice(0, charsMax)}‹${text.length - charsMax} more characters›`;

const bytesOf = (buffer: Buffer): Plain => ({
  bytes: buffer.length,
  hex: buffer.toString('hex', 0, HEX_BYTES),
});

const dateText = (date: Date): string => {
  const atMs = Date.prototype.getTime.call(date);
  return Number.isNaN(atMs) ? '‹no date›' : new Date(atMs).toISOString();
};

/** The size is an accessor of the prototype: the built-in one is asked, not the object's own. */
const sizeOf = (value: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): number => {
  const { prototype } = types.isMap(value) ? Map : Set;
  return Number(Reflect.get(prototype, 'size', value));
};

/** The text that an object has as a property of its own; a getter is not asked. */
const ownText = (value: object, key: string): string | undefined => {
  const property = Object.getOwnPropertyDescriptor(value, key);
  const own: unknown = property !== undefined && 'value' in property ? property.value : undefined;
  return typeof own === 'string' ? own : undefined;
};

/** Whether asking the object for what it is would run code of a proxy. */
const isUnderProxy = (value: object): boolean => {
  for (let at: unknown = value; at !== null; at = Object.getPrototypeOf(at)) {
    if (types.isProxy(at)) return true;
  }
  return false;
};

/** Empty for a plain object, of whatever realm: its prototype is nobody's instance. */
const classNameOf = (value: object): string => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return '';
  if (Object.getPrototypeOf(prototype) === null) return '';
  const constructed: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructed !== 'function' || types.isProxy(constructed)) return 'object';
  return cut(ownText(constructed, 'name') || 'object', KEY_CHARS_MAX);
};
