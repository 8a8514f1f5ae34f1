/** A model as records again. */
import type { ActorRecord, TraceRecord } from '../protocol.js';
import type { Actor, Model } from './model.js';

/** Records from which `reduce` makes the same model again: the head of a saved trace. */
export const recordsOf = (model: Model): TraceRecord[] => {
  const records: TraceRecord[] = [];
  for (const daemon of model.daemons.values()) {
    if (daemon.info !== undefined) records.push(daemon.info);
    for (const actor of daemon.actors.values()) records.push(...recordsOfActor(actor));
    if (daemon.view !== undefined) records.push(daemon.view);
    const { name, sampled, gone } = daemon;
    if (sampled > 0) records.push({ kind: 'sampled', daemon: name, atMs: 0, left: sampled });
    if (gone !== undefined) records.push({ kind: 'gone', daemon: name, atMs: 0, reason: gone });
  }
  for (const { steps } of model.items.values()) {
    records.push(...steps.map(({ record }) => record));
  }
  return records;
};

const recordsOfActor = (actor: Actor): TraceRecord[] => {
  const { daemon, name, id, machine, parent, bornMs, value, context, delays, ending } = actor;
  const appeared: ActorRecord = {
    kind: 'actor',
    daemon,
    actor: name,
    id,
    machine,
    parent,
    atMs: bornMs,
    value,
    context,
    ...(delays.length > 0 ? { delays } : {}),
  };
  return ending === undefined
    ? [appeared]
    : [appeared, { kind: 'end', daemon, actor: name, ...ending }];
};
