/**
 * What single machines promise, whatever the way: checked in every reachable state and after every
 * event that may come there.
 */
import type { AnyEventObject } from 'xstate';
import {
  apiConnection,
  challenger,
  fetch,
  peerConnection,
  peerView,
  prover,
  supervisor,
  validation,
} from './models.js';
import { same } from '../same.js';
import { Place, comingTo, placesOf, type Model } from './walk.js';

/** All places of all inputs, and where each event leads from there. */
const waysOf = (model: Model): Place[] =>
  Object.values(model.inputs)
    .flatMap((input) => placesOf(model, input))
    .flatMap((place) => [place, ...comingTo(model, place).map((event) => place.next(event))]);

/** Checks one thing in many places, with the way there in the message. */
const everywhere = (
  places: readonly Place[],
  check: (place: Place) => unknown,
  expected: unknown,
) => {
  expect(places.length).toBeGreaterThan(0);
  for (const place of places) same(check(place), expected, () => place.name);
};

/**
 * Items that came to an idle validation; the runner sends no second one while it waits. The policy
 * decides about the verdict, not about when it comes, so that either may stand for both.
 */
const itemsTaken = ({ path }: Place): number => {
  let taken = 0;
  let place = Place.first(validation, Object.values(validation.inputs)[0]);
  for (const event of path) {
    if (event.type === 'item.arrived' && place.isIn('idle')) taken += 1;
    place = place.next(event);
  }
  return taken;
};

const closed: AnyEventObject = { type: 'connection.closed', reason: 'gone' };
const dropped: AnyEventObject = { type: 'connection.dropped', error: undefined, reason: 'stop' };

describe('peer-connection, on every way', () => {
  const ways = waysOf(peerConnection);
  const alive = ways.filter((place) => place.isIn('alive'));
  const closing = ways.filter((place) => place.isIn('closing'));
  const over = ways.filter((place) => place.isIn('closed'));

  it('disconnects exactly once when it has turned away from the peer', () => {
    everywhere(closing, (place) => place.count('disconnect'), 1);
  });

  it('does not disconnect while it lives', () => {
    everywhere(alive, (place) => place.count('disconnect'), 0);
  });

  it('disconnects at most once before the socket is gone, and never afterwards', () => {
    everywhere(over, (place) => place.count('disconnect') <= 1, true);
    everywhere(over, (place) => place.moment.asked('disconnect'), []);
  });

  it('can be ended from wherever it lives: one disconnect, then the socket closes', () => {
    everywhere(alive, (place) => place.next(dropped).isIn('closing'), true);
    everywhere(alive, (place) => place.next(dropped).next(closed).count('disconnect'), 1);
    everywhere(alive, (place) => place.next(dropped).next(closed).moment.isOver, true);
  });

  it('is over without a disconnect when the socket goes first', () => {
    everywhere(alive, (place) => place.next(closed).moment.isOver, true);
    everywhere(alive, (place) => place.next(closed).count('disconnect'), 0);
  });

  const refusals: readonly AnyEventObject['type'][] = [
    'connection.dropped',
    'connection.malformed',
    'link.refused',
    'peer.error',
    'peer.peer-leave',
  ];
  for (const type of refusals) {
    it(`ends by ${type} with one disconnect or not at all`, () => {
      const ended = ways.filter(
        (place) => place.path.at(-1)?.type === type && !place.isIn('alive'),
      );
      const live = ended.filter(({ moment }) => !moment.isOver);
      everywhere(live, (place) => place.count('disconnect'), 1);
    });
  }

  it('loses every link that it established, once', () => {
    const lost = (place: Place) =>
      place.countTold('link.established') - place.countTold('link.lost');
    const established = ways.filter((place) => place.isIn('alive.established'));
    everywhere(established, lost, 1);
    everywhere([...closing, ...over], lost, 0);
  });

  it('has a child only while it shakes hands, and cancels its puzzle afterwards', () => {
    const busy = (place: Place) => place.isIn('alive.handshaking');
    everywhere(ways.filter(busy), ({ moment }) => moment.children.length, 1);
    everywhere(
      ways.filter((place) => !busy(place)),
      ({ moment }) => moment.children,
      [],
    );
    const greeting = ways.filter((place) => place.isIn('alive.greeting'));
    everywhere(greeting, (place) => place.count('cancelPuzzle'), 1);
  });

  it('passes nothing about items on before it is a link', () => {
    const told = ['items.arrived', 'join.walked'];
    const done = ['heedOffers', 'serve', 'spare', 'graft', 'prune'];
    const strangers = ways.filter(
      ({ path }) => !path.some(({ type }) => type === 'link.activated'),
    );
    const items = (place: Place): number[] => [
      ...told.map((type) => place.countTold(type)),
      ...done.map((effect) => place.count(effect)),
    ];
    everywhere(strangers, (place) => items(place).every((count) => count === 0), true);
  });

  it('never takes an identity for proven that no certificate has shown', () => {
    const greeted = ways.filter((place) => place.countTold('link.greeted') > 0);
    const isProven = ({ moment: { context } }: Place) =>
      context.peerIdentity?.toString('hex') === context.greeting?.identity;
    everywhere(greeted, isProven, true);
  });

  it('says how it ended', () => {
    everywhere(over, ({ moment }) => typeof moment.output?.reason, 'string');
  });
});

describe('fetch, on every way', () => {
  const ways = waysOf(fetch);
  const waiting = ways.filter((place) => place.isIn('waiting'));

  it('is free again when the item comes, whatever it was doing', () => {
    everywhere(ways, (place) => place.next({ type: 'item.arrived' }).isIn('idle'), true);
  });

  it('asks whoever is next, and gives up when there is nobody', () => {
    const next = (place: Place) => place.next({ type: 'holder.failed', next: 9 });
    const nobody = (place: Place) => place.next({ type: 'holder.failed', next: undefined });
    everywhere(waiting, (place) => next(place).isIn('waiting.asking'), true);
    everywhere(waiting, (place) => next(place).count('ask') - place.count('ask'), 1);
    everywhere(waiting, (place) => nobody(place).isIn('idle'), true);
    everywhere(waiting, (place) => nobody(place).count('giveUp') - place.count('giveUp'), 1);
  });

  it('has asked when it says so', () => {
    const asking = ways.filter((place) => place.isIn('waiting.asking'));
    everywhere(asking, (place) => place.count('ask') > 0, true);
  });
});

describe('validation, on every way', () => {
  const ways = waysOf(validation);

  it('reports exactly once for every item that it took', () => {
    const waiting = ways.filter((place) => place.isIn('waiting'));
    const idle = ways.filter((place) => place.isIn('idle'));
    everywhere(waiting, (place) => itemsTaken(place) - place.count('report'), 1);
    everywhere(idle, (place) => itemsTaken(place) - place.count('report'), 0);
  });

  it('reports at the deadline at the latest', () => {
    const waiting = ways.filter((place) => place.isIn('waiting'));
    everywhere(waiting, (place) => place.next({ type: 'deadline.passed' }).isIn('idle'), true);
  });

  it('never counts below nobody', () => {
    everywhere(ways, ({ moment }) => moment.context.pending >= 0, true);
  });
});

describe('api-connection, on every way', () => {
  const ways = waysOf(apiConnection);
  const connected = ways.filter((place) => place.isIn('connected'));
  const gone = ways.filter((place) => !place.isIn('connected'));

  it('says once that the module left, as soon as it has', () => {
    everywhere(connected, (place) => place.countTold('module.left'), 0);
    everywhere(gone, (place) => place.countTold('module.left'), 1);
  });

  it('disconnects once unless the socket went first', () => {
    const closing = ways.filter((place) => place.isIn('closing'));
    everywhere(closing, (place) => place.count('disconnect'), 1);
    everywhere(connected, (place) => place.next(closed).count('disconnect'), 0);
  });

  it('is not left silent in the books', () => {
    const balance = (place: Place) =>
      place.effects
        .filter(({ type }) => type === 'expectAnswers')
        .map(({ params }) => (params as { readonly expected: boolean }).expected)
        .at(-1) ?? true;
    everywhere(gone, balance, true);
    everywhere(
      ways.filter((place) => place.isIn('connected.silent')),
      balance,
      false,
    );
  });
});

for (const model of [challenger, prover]) {
  describe(`${model.machine.id}, on every way`, () => {
    const ways = waysOf(model);

    it('has a verdict when it is over, and the state of the same name', () => {
      const over = ways.filter(({ moment }) => moment.isOver);
      everywhere(over, ({ moment }) => moment.output?.verdict === moment.value, true);
    });

    it('gives a reason whenever it refuses', () => {
      const refused = ways.filter((place) => place.isIn('refused'));
      everywhere(refused, ({ moment }) => moment.output?.refusal.reason.length > 0, true);
    });

    it('has one puzzle solved at most', () => {
      everywhere(ways, (place) => place.count('solvePuzzle') <= 1, true);
    });

    it('can be ended from wherever it is', () => {
      const alive = ways.filter(({ moment }) => !moment.isOver);
      everywhere(alive, (place) => place.next(closed).isIn('refused'), true);
    });
  });
}

describe('challenger, on every way', () => {
  const ways = waysOf(challenger);
  /** OK is out: behind CHALLENGE, the second message. */
  const hasPaid = (place: Place) => place.count('send') === 2;

  it('says OK only when it accepts, or would but for TLS', () => {
    const good = ways.filter(
      (place) => place.isIn('accepted') || place.isIn('handshaking.securing'),
    );
    everywhere(good, hasPaid, true);
    const unpaid = ways.filter((place) => place.isIn('handshaking.paying'));
    everywhere(unpaid, hasPaid, false);
    everywhere(ways, (place) => place.count('send') <= 2, true);
  });
});

for (const model of [challenger, prover]) {
  const who = model.machine.id;
  const waysWith = (tls: boolean) =>
    Object.entries(model.inputs)
      .filter(([name]) => name.includes('with TLS') === tls)
      .flatMap(([, input]) => placesOf(model, input))
      .flatMap((place) => [place, ...comingTo(model, place).map((event) => place.next(event))]);

  it(`${who} with TLS accepts nobody whom no certificate proves`, () => {
    const accepted = waysWith(true).filter((place) => place.isIn('accepted'));
    everywhere(accepted, ({ moment }) => moment.output?.peerIdentity?.length, 32);
    everywhere(accepted, (place) => place.count('secure'), 1);
  });

  it(`${who} without TLS never begins it`, () => {
    everywhere(waysWith(false), (place) => place.count('secure'), 0);
  });
}

describe('peer-view, on every way', () => {
  it('dials again for ever while it has no link', () => {
    const alone = waysOf(peerView).filter((place) => place.isIn('standing.alone'));
    everywhere(alone, ({ moment }) => moment.elapse('searchInterval').deeds.slice(0, 1), [
      'dialContacts',
    ]);
  });

  it('answers an alarm once, and can be alarmed again', () => {
    const alarm = { type: 'view.alarmed', alarm: 'one network left' };
    const ways = waysOf(peerView);
    const calm = ways.filter((place) => place.isIn('alarm.calm'));
    everywhere(calm, (place) => place.next(alarm).moment.deeds, ['dialAfresh']);
    const alarmed = ways.filter((place) => place.isIn('alarm.alarmed'));
    everywhere(alarmed, (place) => place.next(alarm).moment.deeds, []);
    everywhere(alarmed, ({ moment }) => moment.elapse('alarmInterval').deeds, []);
  });

  it('goes on with its chores, whatever the standing', () => {
    const chores = { shuffleInterval: 'shuffle', rotationInterval: 'rotate' };
    for (const [interval, deed] of Object.entries(chores)) {
      everywhere(waysOf(peerView), ({ moment }) => moment.elapse(interval).deeds, [deed]);
    }
  });
});

describe('supervisor, on every way', () => {
  const ways = waysOf(supervisor);
  const running = ways.filter((place) => place.isIn('running'));

  it('has a peer view while it runs, and only then', () => {
    const hasView = ({ moment }: Place) => moment.children.includes('peer-view');
    everywhere(running, hasView, true);
    everywhere(
      ways.filter((place) => !place.isIn('running')),
      hasView,
      false,
    );
  });

  it('says farewell once when it leaves, and not before', () => {
    everywhere(running, (place) => place.count('farewell'), 0);
    const leaving = ways.filter((place) => !place.isIn('running'));
    everywhere(leaving, (place) => place.count('farewell'), 1);
  });

  it('can be stopped from wherever it is', () => {
    everywhere(
      running,
      (place) => place.next({ type: 'shutdown.requested' }).moment.elapse('leaveTimeout').isOver,
      true,
    );
  });

  it('frees every connection that came and went, once', () => {
    const left = (place: Place) => {
      const came = place.path.filter(({ type }) =>
        ['module.connected', 'caller.connected', 'dial.wanted'].includes(type),
      ).length;
      const freed = ['freeModule', 'freePeer', 'abandon', 'refuseBusy', 'refuseModule'];
      return came - freed.reduce((sum, effect) => sum + place.count(effect), 0);
    };
    const singletons = ['xstate.error.actor.peer-view', 'xstate.error.actor.difficulty'];
    const failures = (place: Place) =>
      place.path.filter(({ type }) => singletons.includes(type)).length;
    const living = ({ moment }: Place) =>
      moment.children.filter((child) => child.includes('-connection.')).length;
    const alive = ways.filter(({ moment }) => !moment.isOver);
    everywhere(alive, (place) => left(place) + failures(place) - living(place), 0);
  });
});
