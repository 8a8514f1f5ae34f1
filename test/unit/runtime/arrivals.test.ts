import { apiArrivals, peerArrivals } from '../../../src/runtime/arrivals.js';
import type { ApiRequest, PeerMessage } from '../../../src/wire/messages.js';
import { Samples } from '../wire/samples.js';

const ping: PeerMessage = { type: 'PING', echo: Buffer.alloc(8) };
const have: PeerMessage = { type: 'HAVE', ids: [] };
const want: PeerMessage = { type: 'WANT', ids: [] };
const verdict = (messageId: number): ApiRequest => ({ type: 'VALIDATION', messageId, valid: true });
const notify = (dataType: number): ApiRequest => ({ type: 'NOTIFY', dataType });
const announce = (dataType: number): ApiRequest => ({
  type: 'ANNOUNCE',
  ttl: 0,
  dataType,
  data: Buffer.from('item'),
});

describe('arrivals from a peer', () => {
  it('are called after the message', () => {
    const names = peerArrivals(new Samples(5).peerMessages()).map(({ type }) => type);
    expect(names).toContain('peer.peer-request');
    expect(names).toContain('peer.dont-want');
    expect(names.every((name) => /^peer\.[a-z]+(-[a-z]+)*$/.test(name))).toBe(true);
  });

  it('are one event for a run of bulk messages, and one each for others', () => {
    expect(peerArrivals([have, have, ping, ping, have, want])).toEqual([
      { type: 'peer.have', messages: [have, have] },
      { type: 'peer.ping', message: ping },
      { type: 'peer.ping', message: ping },
      { type: 'peer.have', messages: [have] },
      { type: 'peer.want', messages: [want] },
    ]);
  });

  it('lose, double and reorder nothing', () => {
    const samples = new Samples(6);
    const each = samples.peerMessages();
    const messages = Array.from({ length: 200 }, () => samples.pick(each));
    const arrived = peerArrivals(messages).flatMap((event): readonly PeerMessage[] =>
      'messages' in event ? event.messages : [event.message],
    );
    expect(arrived).toEqual(messages);
  });
});

describe('arrivals from a module', () => {
  it('are one event for each run of a type', () => {
    expect(apiArrivals([notify(1), notify(2), announce(1), notify(3)])).toEqual([
      { type: 'api.notify', messages: [notify(1), notify(2)] },
      { type: 'api.announce', messages: [announce(1)] },
      { type: 'api.notify', messages: [notify(3)] },
    ]);
  });

  it('have the verdicts first, all in one event and in their order', () => {
    const messages = [announce(1), verdict(1), notify(1), verdict(2)];
    expect(apiArrivals(messages)).toEqual([
      { type: 'api.validation', messages: [verdict(1), verdict(2)] },
      { type: 'api.announce', messages: [announce(1)] },
      { type: 'api.notify', messages: [notify(1)] },
    ]);
  });

  it('may be verdicts only, or one message', () => {
    expect(apiArrivals([verdict(1)])).toEqual([{ type: 'api.validation', messages: [verdict(1)] }]);
    expect(apiArrivals([announce(1)])).toEqual([{ type: 'api.announce', messages: [announce(1)] }]);
  });
});
