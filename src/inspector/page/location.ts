/** What of the page's state stands in the fragment of its address, so that a link can be shared. */

export const VIEWS = ['actors', 'chart', 'sequence', 'item', 'peers'] as const;
export type ViewName = (typeof VIEWS)[number];

export type Place = {
  readonly view: ViewName;
  /** `DAEMON/ACTOR-ID`: an actor's id outlives the session that a restart ends. */
  readonly actor: string | undefined;
  readonly item: string | undefined;
};

/** Longest value that is taken from an address, in characters. */
const VALUE_CHARACTERS_MAX = 200;

const isView = (view: string | null): view is ViewName => VIEWS.some((known) => known === view);

/** Reads a fragment, with or without its `#`. Total. */
export const readPlace = (fragment: string): Place => {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  const view = fields.get('view');
  const value = (name: string): string | undefined =>
    fields.get(name)?.slice(0, VALUE_CHARACTERS_MAX) || undefined;
  return { view: isView(view) ? view : 'actors', actor: value('actor'), item: value('item') };
};

/** The fragment of a place, with its `#`. */
export const writePlace = ({ view, actor, item }: Place): string => {
  const fields = new URLSearchParams({ view });
  if (actor !== undefined) fields.set('actor', actor);
  if (item !== undefined) fields.set('item', item);
  return `#${fields.toString().replaceAll('%2F', '/')}`;
};
