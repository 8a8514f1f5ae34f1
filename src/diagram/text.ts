/** Lines of text with a size, as graphviz must know it before anybody draws them. */

/** How a piece of text looks; a class of the style sheet in `style.ts`. */
export type Look =
  'title' | 'note' | 'event' | 'guard' | 'effect' | 'send' | 'keep' | 'sign' | 'goal';

export type Span = { readonly text: string; readonly look: Look };

/** One line; `edge` is the index of the transition that it is about. */
export type Line = {
  readonly spans: readonly Span[];
  /** Font size in px. */
  readonly size: number;
  readonly edge: number | undefined;
  /** Px above the line. */
  readonly gap: number;
  /** Px from the left edge of its block. */
  readonly indent: number;
};

/** Widths of the glyphs of a common sans-serif face, in parts of the font size. */
const GLYPHS: readonly (readonly [RegExp, number])[] = [
  [/[ijl.,:;'|!]/, 0.28],
  [/[ftrI()[\]/\s*-]/, 0.37],
  [/[mw@%]/, 0.86],
  [/[MW]/, 0.92],
  [/[A-Z]/, 0.7],
];
const OTHER_GLYPH = 0.58;
const BOLD = 1.08;
/** The widest faces that systems come with (DejaVu Sans, Verdana) need so much more. */
const WIDE_FACE = 1.06;

const glyphWidth = (glyph: string): number =>
  GLYPHS.find(([glyphs]) => glyphs.test(glyph))?.[1] ?? OTHER_GLYPH;

/** An estimate on the safe side: the viewer's own face decides. */
const spanWidth = ({ text, look }: Span, size: number): number =>
  [...text].reduce((sum, glyph) => sum + glyphWidth(glyph), 0) *
  size *
  WIDE_FACE *
  (look === 'title' || look === 'event' ? BOLD : 1);

/** Px that a line takes, its indent included. */
export const lineWidth = ({ spans, size, indent }: Line): number =>
  indent + spans.reduce((sum, span) => sum + spanWidth(span, size), 0);

/** Px from one base line to the next. */
export const lineHeight = (size: number): number => Math.round(size * 1.35);

/** Words with the blank before them. A no-break space is no blank. */
const wordsOf = ({ text, look }: Span): Span[] =>
  (text.match(/ *[^ ]+/g) ?? []).map((word) => ({ text: word, look }));

/** Pieces that no blank parts stay on one line: a name and the comma behind it. */
const glued = (words: readonly Span[]): Span[][] => {
  const groups: Span[][] = [];
  for (const word of words) {
    const group = groups.at(-1);
    if (group === undefined || word.text.startsWith(' ')) groups.push([word]);
    else group.push(word);
  }
  return groups;
};

type Wrapping = {
  readonly size: number;
  /** Px that no line is wider than, unless one word is. */
  readonly width: number;
  readonly edge?: number | undefined;
  readonly gap?: number;
  /** Px by which the lines after the first stand in. */
  readonly hang?: number;
};

/** Breaks text into lines between words. */
export const wrap = (
  spans: readonly Span[],
  { size, width, edge, gap = 0, hang = 0 }: Wrapping,
): Line[] => {
  const lines: Line[] = [];
  const blank = (): Line => ({
    spans: [],
    size,
    edge,
    gap: lines.length === 0 ? gap : 0,
    indent: lines.length === 0 ? 0 : hang,
  });
  let line = blank();
  for (const word of glued(spans.flatMap(wordsOf))) {
    const longer = { ...line, spans: [...line.spans, ...word] };
    if (line.spans.length > 0 && lineWidth(longer) > width) {
      lines.push(line);
      const [first, ...rest] = word;
      line = {
        ...blank(),
        spans: first === undefined ? [] : [{ ...first, text: first.text.trimStart() }, ...rest],
      };
    } else {
      line = longer;
    }
  }
  return line.spans.length === 0 ? lines : [...lines, line];
};

/** Lines below each other. */
export type Block = {
  readonly lines: readonly (Line & { readonly baseline: number })[];
  /** Px, without any margin. */
  readonly width: number;
  readonly height: number;
};

/** Stacks lines. */
export const stack = (lines: readonly Line[]): Block => {
  let height = 0;
  const placed = lines.map((line) => {
    height += line.gap + lineHeight(line.size);
    return { ...line, baseline: height - Math.round(line.size * 0.35) };
  });
  return { lines: placed, width: Math.ceil(Math.max(0, ...lines.map(lineWidth))), height };
};
