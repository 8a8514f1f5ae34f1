/** The peer view of every daemon: its links, its address book, its figures. */
import { linkRows, type Link, type LinkRow } from '../links.js';
import type { Daemon } from '../model.js';
import { grouped, showText, sizeText, spanText } from '../text.js';
import type { ViewProps } from './app.js';
import { classes, daemonClass, Empty, PeerMark, StateBadge, StepBadge } from './shown.js';
import type { Store } from './store.js';

type DaemonProps = { readonly store: Store; readonly daemon: Daemon };

/** Data types that are written out; more are counted. */
const INTERESTS_MAX = 6;

/** "1337 eager, 1338 lazy": whether items of a type go over the link at once. */
const interestsText = ({ interests, eager }: Link): string => {
  const shown = interests
    .slice(0, INTERESTS_MAX)
    .map((type) => `${type} ${eager.includes(type) ? 'eager' : 'lazy'}`)
    .join(', ');
  const more = interests.length - INTERESTS_MAX;
  return more > 0 ? `${shown} and ${grouped(more)} more` : shown;
};

const LinkButtons = ({ store, daemon, row }: DaemonProps & { readonly row: LinkRow }) => {
  const { connection, link } = row;
  const command = (what: 'close' | 'cut' | 'heal') => () => {
    void store.command(
      { do: what, daemon: daemon.name, connection },
      `${what} ${connection} of ${daemon.name}`,
    );
  };
  const isCut = link?.cut ?? false;
  return (
    <div class="button-row">
      <button
        type="button"
        data-testid={`${isCut ? 'heal' : 'cut'}-${connection}`}
        title={isCut ? 'Let everything pass again' : 'Let nothing pass, and tell neither end'}
        onClick={command(isCut ? 'heal' : 'cut')}
      >
        {isCut ? 'Heal' : 'Cut'}
      </button>
      <button type="button" data-testid={`close-${connection}`} onClick={command('close')}>
        Close
      </button>
    </div>
  );
};

const LinkState = ({ row }: { readonly row: LinkRow }) => {
  const { link, actor } = row;
  if (link?.cut === true) return <StepBadge step="cut" />;
  if (link?.active === true) return <StepBadge step="active" />;
  return actor === undefined ? <span class="faint">—</span> : <StateBadge value={actor.value} />;
};

/** "outbound, near"; a caller's link that has no other group is just inbound. */
const wayText = (direction: string, group: string | undefined): string =>
  group === undefined || group === direction ? direction : `${direction}, ${group}`;

const LinkLine = ({ store, daemon, row }: DaemonProps & { readonly row: LinkRow }) => {
  const { connection, link, actor, identity, direction, address } = row;
  const sinceMs = link?.sinceMs ?? actor?.bornMs;
  return (
    <tr data-testid={`link-${connection}`} data-daemon={daemon.name}>
      <td class="number">
        {actor === undefined ? (
          connection
        ) : (
          <button
            type="button"
            class="link mono"
            onClick={() => {
              store.chooseActor(actor, 'chart');
            }}
          >
            {connection}
          </button>
        )}
      </td>
      <td>
        <PeerMark store={store} identity={identity} />
      </td>
      <td class="mono">{showText(address, 60)}</td>
      <td>{showText(wayText(direction, link?.group), 20)}</td>
      <td>
        <LinkState row={row} />
      </td>
      <td class="number mono">{link?.rttMs === undefined ? '—' : spanText(link.rttMs)}</td>
      <td class="number mono">{link === undefined ? '—' : sizeText(link.unsentBytes)}</td>
      <td class="mono">{link === undefined ? '—' : interestsText(link) || 'none'}</td>
      <td class="number mono">
        {sinceMs === undefined ? '—' : spanText(Math.max(0, store.nowMs - sinceMs))}
      </td>
      {store.mayControl(daemon) && (
        <td>
          <LinkButtons store={store} daemon={daemon} row={row} />
        </td>
      )}
    </tr>
  );
};

const Links = ({ store, daemon }: DaemonProps) => {
  const rows = linkRows(daemon);
  if (rows.length === 0) return <Empty>No connections.</Empty>;
  return (
    <div class="scroll-x">
      <table data-testid="links">
        <thead>
          <tr>
            <th class="number">No.</th>
            <th>Peer</th>
            <th>Address</th>
            <th>Direction</th>
            <th>State</th>
            <th class="number">RTT</th>
            <th class="number">Unsent</th>
            <th>Wants types</th>
            <th class="number">For</th>
            {store.mayControl(daemon) && <th>Control</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <LinkLine key={row.connection} store={store} daemon={daemon} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Book = ({ store, daemon }: DaemonProps) => {
  const book = daemon.view?.book ?? [];
  if (book.length === 0) return <Empty>The address book is empty.</Empty>;
  return (
    <div class="scroll-x">
      <table data-testid="book">
        <thead>
          <tr>
            <th>Peer</th>
            <th>Address</th>
            <th>Table</th>
            <th class="number">Failures</th>
            <th class="number">Heard</th>
            <th class="number">Next try</th>
          </tr>
        </thead>
        <tbody>
          {book.map((entry) => (
            <tr key={`${entry.identity} ${entry.address}`}>
              <td>
                <PeerMark store={store} identity={entry.identity} />
              </td>
              <td class="mono">{showText(entry.address, 60)}</td>
              <td>{showText(entry.table, 12)}</td>
              <td class="number">{grouped(entry.failures)}</td>
              <td class="number mono">
                {entry.heardMs > 0
                  ? `${spanText(Math.max(0, store.nowMs - entry.heardMs))} ago`
                  : 'never'}
              </td>
              <td class="number mono">
                {entry.retryAtMs > store.nowMs
                  ? `in ${spanText(entry.retryAtMs - store.nowMs)}`
                  : 'any time'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Offenders = ({ store, daemon }: DaemonProps) => {
  const offenders = daemon.view?.offenders ?? [];
  if (offenders.length === 0) return null;
  return (
    <>
      <h3>Misbehaviour</h3>
      <div class="scroll-x">
        <table data-testid="offenders">
          <thead>
            <tr>
              <th>Peer</th>
              <th class="number">Points</th>
              <th class="number">Times aside</th>
              <th class="number">Put aside</th>
              {store.mayControl(daemon) && <th>Control</th>}
            </tr>
          </thead>
          <tbody>
            {offenders.map(({ identity, points, timesAside, asideUntilMs }) => (
              <tr key={identity}>
                <td>
                  <PeerMark store={store} identity={identity} />
                </td>
                <td class="number">{grouped(points)}</td>
                <td class="number">{grouped(timesAside)}</td>
                <td class="number mono">
                  {asideUntilMs > store.nowMs
                    ? `for ${spanText(asideUntilMs - store.nowMs)}`
                    : 'no'}
                </td>
                {store.mayControl(daemon) && (
                  <td>
                    <button
                      type="button"
                      data-testid={`forgive-${identity}`}
                      title="Forget what is held against this peer"
                      onClick={() => {
                        void store.command(
                          { do: 'forgive', daemon: daemon.name, identity },
                          `forgive ${identity.slice(0, 8)} at ${daemon.name}`,
                        );
                      }}
                    >
                      Forgive
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

const Metrics = ({ daemon }: { readonly daemon: Daemon }) => (
  <dl class="metrics" data-testid="metrics">
    {Object.entries(daemon.view?.metrics ?? {}).map(([name, value]) => (
      <div key={name}>
        <dt class="mono">{showText(name, 80)}</dt>
        <dd class="mono">
          {Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(6)))}
        </dd>
      </div>
    ))}
  </dl>
);

const DaemonPeers = ({ store, daemon }: DaemonProps) => (
  <section
    class={classes({ panel: true, daemon: true, [daemonClass(store, daemon.name)]: true })}
    data-testid={`peers-${daemon.name}`}
    aria-label={`Peers of ${daemon.name}`}
  >
    <header class="panel-head">
      <h2 class="mono">{showText(daemon.name, 16)}</h2>
      <span class="faint">
        {daemon.info === undefined ? '' : showText(`${daemon.info.agent} · ${daemon.info.p2p}`)}
      </span>
      {daemon.info !== undefined && (
        <span class="faint push">{daemon.info.control ? 'control' : 'read only'}</span>
      )}
    </header>
    {daemon.gone !== undefined && <p class="gone">Gone: {showText(daemon.gone)}</p>}
    <h3>Links</h3>
    <Links store={store} daemon={daemon} />
    <h3>Address book</h3>
    <Book store={store} daemon={daemon} />
    <Offenders store={store} daemon={daemon} />
    <details>
      <summary>Figures</summary>
      <Metrics daemon={daemon} />
    </details>
  </section>
);

export const PeersView = ({ store }: ViewProps) => (
  <div class="peers-view" data-testid="peers">
    {store.model.daemons.size === 0 && <Empty>Waiting for the daemon.</Empty>}
    {[...store.model.daemons.values()].map((daemon) => (
      <DaemonPeers key={daemon.name} store={store} daemon={daemon} />
    ))}
  </div>
);
