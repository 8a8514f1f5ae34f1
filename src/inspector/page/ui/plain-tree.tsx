/** A value as a tree whose branches open and close. */
import { useState } from 'preact/hooks';
import type { Plain } from '../../protocol.js';
import { isItemId } from '../item-life.js';
import { brief, grouped, isBytes, isObject, showText } from '../text.js';
import { Bytes, classes, ItemLink } from './shown.js';
import type { Store } from './store.js';

/** Members of one object or list that are shown. */
const MEMBERS_MAX = 200;

type BranchProps = {
  readonly store: Store;
  readonly name: string;
  readonly value: Plain;
  readonly isChanged?: boolean;
  readonly isOpen?: boolean;
};

const Leaf = ({ store, value }: { readonly store: Store; readonly value: Plain }) => {
  if (typeof value === 'string') {
    if (isItemId(value)) return <ItemLink store={store} item={value} />;
    return (
      <span class={value.startsWith('‹') ? 'value-mark' : 'value-text'}>
        <bdi>{value === '' ? '""' : showText(value, 500)}</bdi>
      </span>
    );
  }
  if (isBytes(value)) return <Bytes value={value} />;
  return <span class="value-word">{brief(value)}</span>;
};

const membersOf = (value: Plain): [string, Plain][] | undefined => {
  if (Array.isArray(value)) return value.map((inner: Plain, index) => [String(index), inner]);
  return isObject(value) && !isBytes(value) ? Object.entries(value) : undefined;
};

const Branch = ({ store, name, value, isChanged = false, isOpen = false }: BranchProps) => {
  const [open, setOpen] = useState(isOpen);
  const members = membersOf(value);
  const label = <span class="tree-name">{showText(name, 60)}</span>;
  if (members === undefined || members.length === 0) {
    return (
      <li class={classes({ 'tree-leaf': true, 'is-changed': isChanged })}>
        <span class="tree-twist" />
        {label}
        {members === undefined ? (
          <Leaf store={store} value={value} />
        ) : (
          <span class="value-word">{Array.isArray(value) ? '[]' : '{}'}</span>
        )}
      </li>
    );
  }
  return (
    <li class={classes({ 'is-changed': isChanged })}>
      <button
        type="button"
        class="tree-branch"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <span class="tree-twist">{open ? '▾' : '▸'}</span>
        {label}
        {!open && <span class="faint">{brief(value, 60)}</span>}
      </button>
      {open && <Members store={store} members={members} />}
    </li>
  );
};

const Members = ({
  store,
  members,
  changed = [],
}: {
  readonly store: Store;
  readonly members: readonly [string, Plain][];
  readonly changed?: readonly string[];
}) => (
  <ul class="plain-tree">
    {members.slice(0, MEMBERS_MAX).map(([name, inner]) => (
      <Branch
        key={name}
        store={store}
        name={name}
        value={inner}
        isChanged={changed.includes(name)}
      />
    ))}
    {members.length > MEMBERS_MAX && (
      <li class="faint">{grouped(members.length - MEMBERS_MAX)} more</li>
    )}
  </ul>
);

/** The whole value; the names in `changed` are marked. */
export const PlainTree = ({
  store,
  value,
  changed = [],
}: {
  readonly store: Store;
  readonly value: Plain;
  readonly changed?: readonly string[];
}) => {
  const members = membersOf(value);
  if (members === undefined) return <Leaf store={store} value={value} />;
  if (members.length === 0) return <span class="faint">empty</span>;
  return <Members store={store} members={members} changed={changed} />;
};
