/**
 * A transcript as a picture: a lifeline for everyone who takes part, an arrow for each message, a
 * box for each change of state, from top to bottom. Light, unless the reader's system is dark.
 */
import { escapeXml } from '../common/xml.js';
import { formatTime, type TraceLine } from '../runtime/trace.js';

const MARGIN = 24;
const TIME_WIDTH = 86;
const GAP_WIDE = 330;
const GAP_NARROW = 236;
/** From so many on they stand closer. */
const MANY = 4;
const HEAD_HEIGHT = 44;
const ARROW_HEIGHT = 40;
const BOX_HEIGHT = 25;
const NOTE_HEIGHT = 30;
const MOMENT_SPACE = 12;
const FONT = 11;
const LINE_HEIGHT = 13;
/** Width of a character of the small font, on average, on the safe side (measured by eye). */
const CHARACTER = 5.6;

const STYLE = `
text{font:${FONT}px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1b2530}
.paper{fill:#ffffff}.who,.what{font-weight:600}.who{font-size:13px}
.head{fill:#f3f6fa;stroke:#8a97a8}.module{fill:#ffffff;stroke:#8a97a8;stroke-dasharray:4 3}
.life{stroke:#8a97a8;stroke-dasharray:2 4}.arrow{stroke:#0b61a4;stroke-width:1.4;fill:none}
.tip{fill:#0b61a4}.error .arrow{stroke:#cf222e}.error .tip,.error .what{fill:#cf222e}
.quiet{fill:#5b6877}
.onLine{paint-order:stroke;stroke:#ffffff;stroke-width:4px}
.state{fill:#f3f6fa;stroke:#8a97a8}.item{fill:#dafbe1;stroke:#1a7f37}
.note{fill:#fff3c4;stroke:#9a6700}
@media (prefers-color-scheme: dark){
text{fill:#e6edf3}.onLine{stroke:#0f151c}
.paper{fill:#0f151c}.head,.state{fill:#1c2632;stroke:#5d6d80}
.module{fill:#0f151c;stroke:#5d6d80}.life{stroke:#5d6d80}
.arrow{stroke:#6cb6ff}.tip{fill:#6cb6ff}.error .arrow{stroke:#ff7b72}
.error .tip,.error .what{fill:#ff7b72}.quiet{fill:#9aa8b8}
.item{fill:#12361f;stroke:#56d364}.note{fill:#43340a;stroke:#e3b341}
}`;

/** Everybody in a conversation: a daemon behind its modules, in the order of their appearance. */
export const participants = (lines: readonly TraceLine[]): string[] => {
  const seen = new Set<string>();
  for (const line of lines) {
    if (line.kind === 'message') seen.add(line.from).add(line.to);
    else if (line.kind !== 'note') seen.add(line.node);
  }
  const daemons = [...seen].filter((name) => !isModule(name));
  return daemons.flatMap((daemon) => [
    ...[...seen].filter((name) => isModule(name) && name.endsWith(`@${daemon}`)),
    daemon,
  ]);
};

const isModule = (name: string): boolean => name.includes('@');

/** The picture, as the text of an SVG file. */
export const sequenceSvg = (title: string, lines: readonly TraceLine[]): string => {
  const picture = new Picture(participants(lines));
  for (const line of lines) picture.add(line);
  return picture.finish(title);
};

class Picture {
  readonly #who: readonly string[];
  readonly #gap: number;
  readonly #shapes: string[] = [];
  #y = MARGIN + HEAD_HEIGHT + MOMENT_SPACE;
  #time = '';

  constructor(who: readonly string[]) {
    this.#who = who;
    this.#gap = who.length < MANY ? GAP_WIDE : GAP_NARROW;
  }

  add(line: TraceLine): void {
    this.#tellTime(line.atMs);
    if (line.kind === 'note') this.#note(line.detail);
    else if (line.kind === 'message') this.#arrow(line);
    else if (line.kind === 'item') this.#box(line.node, 'item', line.item, [line.detail]);
    else this.#box(line.node, 'state', line.actor, [what(line), ...line.effects]);
  }

  finish(title: string): string {
    const height = this.#y + MARGIN;
    const width = this.#width;
    const heads = this.#who.map((name) => this.#head(name, this.#y));
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
        `width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
      `<title>${escapeXml(title)}</title>`,
      `<style>${STYLE}\n</style>`,
      `<rect class="paper" width="${width}" height="${height}"/>`,
      ...heads,
      ...this.#shapes,
      '</svg>\n',
    ].join('\n');
  }

  get #width(): number {
    return MARGIN * 2 + TIME_WIDTH + this.#gap * Math.max(1, this.#who.length);
  }

  /** The middle of a lifeline. */
  #x(name: string): number {
    return MARGIN + TIME_WIDTH + this.#gap * (this.#who.indexOf(name) + 0.5);
  }

  #head(name: string, bottom: number): string {
    const x = this.#x(name);
    const width = 132;
    const kind = isModule(name) ? 'module' : 'head';
    return (
      `<line class="life" x1="${x}" y1="${MARGIN + HEAD_HEIGHT}" x2="${x}" y2="${bottom}"/>` +
      `<rect class="${kind}" x="${x - width / 2}" y="${MARGIN}" width="${width}" ` +
      `height="${HEAD_HEIGHT - 10}" rx="6"/>` +
      textAt(x, MARGIN + 22, name, 'who', 'middle')
    );
  }

  #tellTime(atMs: number): void {
    const time = formatTime(atMs);
    if (time === this.#time) return;
    this.#time = time;
    this.#y += MOMENT_SPACE;
    this.#shapes.push(textAt(MARGIN + TIME_WIDTH - 16, this.#y + FONT + 4, time, 'quiet', 'end'));
  }

  #arrow({ from, to, name, detail }: Extract<TraceLine, { kind: 'message' }>): void {
    const [start, end] = [this.#x(from), this.#x(to)];
    const y = this.#y + 18;
    const way = Math.sign(end - start);
    const middle = (start + end) / 2;
    const room = Math.abs(end - start) - 16;
    const error = name === 'ERROR' ? ' class="error"' : '';
    this.#shapes.push(
      `<g${error}>` +
        `<line class="arrow" x1="${start}" y1="${y}" x2="${end - 7 * way}" y2="${y}"/>` +
        `<path class="tip" d="M${end} ${y}l${-8 * way} -4v8z"/>` +
        textAt(middle, y - 5, name, 'what onLine', 'middle') +
        textAt(middle, y + 14, clipped(detail, room), 'quiet onLine', 'middle') +
        '</g>',
    );
    this.#y += ARROW_HEIGHT;
  }

  #box(node: string, kind: 'state' | 'item', subject: string, texts: readonly string[]): void {
    const room = this.#gap - 16;
    const lines = texts.flatMap((text) => wrapped(text, room - 12));
    const longest = Math.max(subject.length + 2, ...lines.map(({ length }) => length));
    const width = Math.min(room, CHARACTER * longest + 20);
    const height = BOX_HEIGHT + LINE_HEIGHT * lines.length;
    const x = this.#x(node);
    this.#shapes.push(
      `<rect class="${kind}" x="${x - width / 2}" y="${this.#y + 2}" width="${width}" ` +
        `height="${height - 6}" rx="5"/>` +
        textAt(x, this.#y + 15, subject, 'what', 'middle') +
        lines
          .map((text, at) => textAt(x, this.#y + 28 + LINE_HEIGHT * at, text, 'quiet', 'middle'))
          .join(''),
    );
    this.#y += height;
  }

  #note(text: string): void {
    const left = MARGIN + TIME_WIDTH;
    const width = this.#width - left - MARGIN;
    this.#shapes.push(
      `<rect class="note" x="${left}" y="${this.#y + 2}" width="${width}" ` +
        `height="${NOTE_HEIGHT - 8}" rx="5"/>` +
        textAt(left + width / 2, this.#y + 17, text, 'what', 'middle'),
    );
    this.#y += NOTE_HEIGHT;
  }
}

/** "challenging -> solving, on peer.verify". */
const what = ({ change, cause }: Extract<TraceLine, { kind: 'state' }>): string =>
  [change, cause].filter((text) => text !== '').join(', ');

/** Lines that fit; a word that does not is clipped. */
const wrapped = (text: string, room: number): string[] => {
  const lines: string[] = [];
  for (const word of text === '' ? [] : text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (lines.length > 0 && longer.length * CHARACTER <= room) lines[lines.length - 1] = longer;
    else lines.push(clipped(word, room));
  }
  return lines;
};

const clipped = (text: string, room: number): string => {
  const most = Math.max(4, Math.floor(room / CHARACTER));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
};

const textAt = (
  x: number,
  y: number,
  text: string,
  kind: string,
  anchor: 'middle' | 'end',
): string =>
  `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
