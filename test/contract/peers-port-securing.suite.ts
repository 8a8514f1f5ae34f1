import { ping, secureBoth, type End, type PeersPortMaker } from './peers-port-kit.js';
import { PeersRecorder } from './peers-recorder.js';

/** How TLS begins on a link. */
export const describeSecuring = (name: string, maker: PeersPortMaker): void => {
  describe(`peers port › ${name}, securing`, () => {
    const ends: End[] = [];
    const link = async (): Promise<{ caller: End; listener: End }> => {
      const open = async (): Promise<End> => {
        const told = new PeersRecorder();
        const end = { ...(await maker.open(told)), told };
        ends.push(end);
        return end;
      };
      const [caller, listener] = [await open(), await open()];
      caller.port.dial(1, listener.address);
      await maker.drive(
        Promise.all([caller.told.first('connected'), listener.told.first('opened')]),
      );
      return { caller, listener };
    };

    afterEach(async () => {
      await maker.drive(Promise.all(ends.splice(0).map((end) => end.close())));
    });

    it('tells each end the identity of the other', async () => {
      const { caller, listener } = await link();
      await secureBoth(maker, caller, listener);
      expect(caller.told.all('secured')).toEqual([
        { type: 'secured', connection: 1, identity: listener.identity },
      ]);
      expect(listener.told.all('secured')).toEqual([
        { type: 'secured', connection: 101, identity: caller.identity },
      ]);
      expect(caller.identity.equals(listener.identity)).toBe(false);
    });

    it('loses nothing and mixes nothing up between what is plain and what is TLS', async () => {
      const { caller, listener } = await link();
      listener.port.send([101], ping(1));
      listener.port.secure(101, 'server');
      listener.port.send([101], ping(2));
      await maker.drive(caller.told.until(() => caller.told.messages.length === 1));
      caller.port.secure(1, 'client');
      caller.port.send([1], ping(3));
      caller.told.onSecured = () => caller.port.send([1], ping(4));
      listener.told.onSecured = () => listener.port.send([101], ping(5));
      await maker.drive(
        Promise.all(
          [caller, listener].map(({ told }) =>
            told.until(() => told.messages.length === (told === caller.told ? 3 : 2)),
          ),
        ),
      );
      expect(caller.told.messages).toEqual([ping(1), ping(2), ping(5)]);
      expect(listener.told.messages).toEqual([ping(3), ping(4)]);
      const order = caller.told.events.map(({ type }) => type);
      expect(order.indexOf('secured')).toBeLessThan(order.lastIndexOf('received'));
    });

    it('still hears in the clear a caller that does not begin TLS', async () => {
      const { caller, listener } = await link();
      listener.port.secure(101, 'server');
      caller.port.send([1], ping(1));
      await maker.drive(listener.told.first('received'));
      expect(listener.told.messages).toEqual([ping(1)]);
      expect(listener.told.all('secured')).toEqual([]);
    });

    it('tells a caller of a listener that answers in the clear', async () => {
      const { caller, listener } = await link();
      caller.port.secure(1, 'client');
      listener.port.send([101], ping(1));
      const unsecured = await maker.drive(caller.told.first('unsecured'));
      expect(unsecured.reason).toMatch(/^TLS failed: /);
      await maker.drive(Promise.all([caller.told.first('closed'), listener.told.first('closed')]));
      expect(caller.told.messages).toEqual([]);
    });

    it('calls TLS malformed that nobody here has asked for', async () => {
      const { caller, listener } = await link();
      caller.port.secure(1, 'client');
      const malformed = await maker.drive(listener.told.first('malformed'));
      expect(malformed).toMatchObject({ connection: 101, dump: expect.stringMatching(/^1603/) });
    });

    it('closes at once while TLS is due, and lets nothing out in the clear', async () => {
      const { caller, listener } = await link();
      listener.port.secure(101, 'server');
      listener.port.send([101], ping(1));
      listener.port.close(101);
      await maker.drive(Promise.all([caller.told.first('closed'), listener.told.first('closed')]));
      expect(caller.told.messages).toEqual([]);
    });

    it('begins TLS once, and not on names that are not in use', async () => {
      const { caller, listener } = await link();
      caller.port.secure(77, 'client');
      await secureBoth(maker, caller, listener);
      caller.port.secure(1, 'client');
      caller.port.send([1], ping(1));
      await maker.drive(listener.told.first('received'));
      expect(caller.told.all('secured')).toHaveLength(1);
      caller.port.close(1);
      await maker.drive(Promise.all([caller.told.first('closed'), listener.told.first('closed')]));
      caller.port.secure(1, 'client');
      expect(caller.told.all('unsecured')).toEqual([]);
    });
  });
};
