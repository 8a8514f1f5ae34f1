/** The bridge to @xstate/inspect: seen by that package's own receiver, abused by others. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  openPackageReceiver,
  WebSocket,
  type PackageReceiver,
  type ParsedReceiverEvent,
  type Registered,
} from '../../../bridge/testing/package-receiver.js';
import { startBridge, type BridgeProcess } from '../../../src/cli/bridge.js';
import { servedUrl } from '../../../src/cli/inspector.js';
import { onStopAll } from '../harness/cleanup.js';
import { runCli, startCli } from '../harness/cli.js';
import { startDaemon, stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { rawModule } from '../harness/raw-module.js';
import { WAIT_MS, within } from '../harness/wait.js';

const BUILT_BRIDGE = fileURLToPath(new URL('../../../dist/bridge/main.cjs', import.meta.url));
const FOREIGN = 'https://evil.example';
const WEB_VIEWER = 'https://stately.ai';

const inspectedDaemon = (more: Record<string, string | boolean> = {}): Promise<Daemon> =>
  startDaemon({ config: { inspector: { address: '127.0.0.1:0', control: true, ...more } } });

const pageOf = async (daemon: Daemon): Promise<string> => {
  const url = servedUrl(await daemon.waitForLog(/inspector served/));
  if (url === undefined) throw new Error('the log has no address of the inspector');
  return url.href;
};

const bridgeTo = async (inspector: string, complaints: string[] = []): Promise<BridgeProcess> => {
  const options = { inspector, port: 0, allowedOrigins: [WEB_VIEWER] };
  const bridge = await startBridge(options, (line) => complaints.push(line), BUILT_BRIDGE);
  onStopAll(() => bridge.close());
  return bridge;
};

const receivers: PackageReceiver[] = [];
const inspecting = ({ address }: Pick<BridgeProcess, 'address'>): PackageReceiver => {
  const receiver = openPackageReceiver(address);
  receivers.push(receiver);
  return receiver;
};
afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.close();
});

/** The first of what a receiver is told that matches, past or to come. */
const tells = <Told extends ParsedReceiverEvent>(
  receiver: PackageReceiver,
  matches: (event: ParsedReceiverEvent) => event is Told,
  what: string,
): Promise<Told> => {
  const come = new Promise<Told>((resolve) => {
    const past = receiver.told.find(matches);
    if (past !== undefined) return resolve(past);
    const stop = receiver.onTold((event) => {
      if (!matches(event)) return;
      stop();
      resolve(event);
    });
  });
  return within(come, WAIT_MS, () => `the receiver is told of ${what}`);
};

const registers = (receiver: PackageReceiver, id: string | RegExp): Promise<Registered> =>
  tells(
    receiver,
    (event): event is Registered =>
      event.type === 'service.register' &&
      (typeof id === 'string' ? event.id === id : id.test(event.id)),
    `service ${String(id)}`,
  );

type ModuleService = Registered & { leave(): Promise<void> };

/** Connects a module, and waits until the receiver is told of its actor. */
const openSeenModule = async (
  receiver: PackageReceiver,
  daemon: Daemon,
): Promise<ModuleService> => {
  const module = await rawModule(daemon.api);
  const port = String(module.socket.localPort);
  const service = await tells(
    receiver,
    (event): event is Registered =>
      event.type === 'service.register' &&
      event.id.startsWith('api-connection.') &&
      JSON.stringify(event.state.context).includes(`:${port}"`),
    'the module',
  );
  const leave = async (): Promise<void> => {
    module.end();
    await module.closed();
  };
  return { ...service, leave };
};

const isState =
  (sessionId: string, path: string) =>
  (event: ParsedReceiverEvent): event is Extract<ParsedReceiverEvent, { type: 'service.state' }> =>
    event.type === 'service.state' &&
    event.sessionId === sessionId &&
    event.state.toStrings().includes(path);

const announcement = (dataType: number, data: string) => ({
  type: 'api.announce',
  messages: [
    {
      type: 'ANNOUNCE',
      ttl: 0,
      dataType,
      data: { bytes: data.length, hex: Buffer.from(data).toString('hex') },
    },
  ],
});

/** The status with which a connection is refused; 101: it is not. */
const knock = async (
  address: string,
  { origin, path = '' }: { readonly origin?: string; readonly path?: string },
): Promise<number> => {
  const socket = new WebSocket(`ws://${address}/${path}`, origin === undefined ? {} : { origin });
  const status = new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (request, { statusCode = 0 }) => {
      request.destroy();
      resolve(statusCode);
    });
    socket.on('error', () => {});
  });
  try {
    return await status;
  } finally {
    socket.terminate();
  }
};

describe('a receiver of @xstate/inspect', () => {
  let daemon: Daemon;
  let bridge: BridgeProcess;
  const complaints: string[] = [];

  beforeAll(async () => {
    daemon = await inspectedDaemon();
    bridge = await bridgeTo(await pageOf(daemon), complaints);
  });
  afterAll(stopAll);

  it('is told of the actors that live, with their machines and states', async () => {
    const receiver = inspecting(bridge);
    const supervisor = await registers(receiver, 'supervisor');
    const view = await registers(receiver, 'peer-view');
    expect(supervisor.state.value).toEqual({ running: 'steady' });
    expect(supervisor.parent).toBeUndefined();
    expect(view.parent).toBe(supervisor.sessionId);
    expect(view.state.toStrings()).toContain('standing.alone');
    // It was taken for what it is: the package has made a machine of version 4 of it.
    expect(supervisor.machine.resolveState(supervisor.state).nextEvents).toEqual(
      expect.arrayContaining(['module.connected', 'done.invoke.peer-connection.*']),
    );
    const { mended } = supervisor.machine.getStateNode('running').states;
    const timer = 'xstate.after(restartInterval)#supervisor.running.mended';
    expect(mended?.ownEvents).toEqual([timer]);
    expect(view.machine.definition.description).toMatch(/\w{3,}/);
  });

  it('is told of an actor that begins, what it receives, where it stands and its end', async () => {
    const receiver = inspecting(bridge);
    const supervisor = await registers(receiver, 'supervisor');
    const service = await openSeenModule(receiver, daemon);
    expect([service.parent, service.state.toStrings()]).toEqual([
      supervisor.sessionId,
      expect.arrayContaining(['connected.attentive']),
    ]);
    receiver.send(service.sessionId, announcement(4_711, 'seen'));
    const isIts = (event: ParsedReceiverEvent): boolean =>
      'sessionId' in event && event.sessionId === service.sessionId;
    const received = await tells(
      receiver,
      (event): event is Extract<ParsedReceiverEvent, { type: 'service.event' }> =>
        isIts(event) && event.type === 'service.event' && event.event.name === 'api.announce',
      'the announce',
    );
    expect(received.event.data).toMatchObject({ type: 'api.announce' });
    await tells(receiver, isState(service.sessionId, 'connected.attentive'), 'its state');
    await service.leave();
    await tells(receiver, isState(service.sessionId, 'closed'), 'its last state');
    await tells(
      receiver,
      (event): event is ParsedReceiverEvent => isIts(event) && event.type === 'service.stop',
      'its end',
    );
  });

  it('sends an event to an actor, which does as if a module had sent it', async () => {
    const listener = await openListener(daemon, 4_712);
    const receiver = inspecting(bridge);
    const { sessionId } = await openSeenModule(receiver, daemon);
    receiver.send(sessionId, announcement(4_712, 'by hand'));
    await listener.hears('by hand');
  });

  it('is not harmed by what others send, nor is the bridge', async () => {
    const before = inspecting(bridge);
    const { sessionId } = await registers(before, 'supervisor');
    for (const frame of [
      'no json',
      '{"type":',
      'null',
      '[]',
      '{"type":"xstate.event"}',
      '{"type":"xstate.event","event":"{"}',
      `{"type":"xstate.event","event":"7","service":"${sessionId}"}`,
      `{"type":"xstate.event","event":"{}","service":"${sessionId}"}`,
      '{"type":"xstate.event","event":"{\\"type\\":\\"x\\"}","service":"nobody"}',
      `{"type":"xstate.event","event":"{\\"type\\":\\"x\\"}","service":"${sessionId}"}`,
      Buffer.from([0xff, 0x00]),
    ]) {
      const socket = new WebSocket(`ws://${bridge.address}`);
      await once(socket, 'open');
      const complained = complaints.length;
      socket.send(frame);
      await waitUntil(async () => complaints.length > complained, { what: String(frame) });
      expect(socket.readyState).toBe(WebSocket.OPEN);
      socket.terminate();
    }
    expect(complaints.at(-2)).toContain('takes only shutdown.requested by hand');
    const listener = await openListener(daemon, 4_713);
    const service = await openSeenModule(before, daemon);
    before.send(service.sessionId, announcement(4_713, 'still there'));
    await listener.hears('still there');
  });

  it.each<[string, (socket: WebSocket, raw: Socket) => void, number]>([
    ['too long', (socket) => socket.send('x'.repeat(70_000)), 1_009],
    ['no frame', (_, raw) => raw.write(Buffer.from('ffffffff', 'hex')), 1_002],
  ])('is hung up on for a frame that is %s, and nobody else', async (_, send, code) => {
    const other = inspecting(bridge);
    await registers(other, 'supervisor');
    const socket = new WebSocket(`ws://${bridge.address}`);
    const upgraded = once(socket, 'upgrade') as Promise<[IncomingMessage]>;
    await once(socket, 'open');
    const [{ socket: raw }] = await upgraded;
    const closed = once(socket, 'close');
    send(socket, raw);
    expect((await closed)[0]).toBe(code);
    await openSeenModule(other, daemon);
  });

  it('may be a page of ours or of the web viewer, and of no other origin', async () => {
    const [, port = ''] = bridge.address.split(':');
    const origins = [`http://127.0.0.1:${port}`, `http://localhost:${port}`, WEB_VIEWER];
    for (const origin of origins) {
      expect([origin, await knock(bridge.address, { origin })]).toEqual([origin, 101]);
    }
    for (const origin of [FOREIGN, 'null', `${WEB_VIEWER}.evil.example`, 'http://127.0.0.1']) {
      expect([origin, await knock(bridge.address, { origin })]).toEqual([origin, 403]);
    }
    expect(await knock(bridge.address, {})).toBe(101);
  });

  it('is one of eight at most', async () => {
    const full = await bridgeTo(await pageOf(daemon));
    const sockets = Array.from({ length: 8 }, () => new WebSocket(`ws://${full.address}`));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    expect(await knock(full.address, {})).toBe(503);
    for (const socket of sockets) socket.terminate();
    await waitUntil(async () => (await knock(full.address, {})) === 101, { what: 'a free place' });
  });
});

describe('the bridge', () => {
  afterEach(stopAll);

  it('shows the daemon again after it was started again', async () => {
    const daemon = await inspectedDaemon();
    const page = await pageOf(daemon);
    await daemon.stop();
    // One whose inspector is at a port that it keeps when it is started again.
    const second = await inspectedDaemon({ address: new URL(page).host });
    const bridge = await bridgeTo(page);
    const receiver = inspecting(bridge);
    const first = await registers(receiver, 'supervisor');
    await second.restart();
    await tells(
      receiver,
      (event): event is ParsedReceiverEvent =>
        event.type === 'service.stop' && event.sessionId === first.sessionId,
      'the end of the first supervisor',
    );
    const again = await tells(
      receiver,
      (event): event is Registered =>
        event.type === 'service.register' &&
        event.id === 'supervisor' &&
        event.sessionId !== first.sessionId,
      'the next supervisor',
    );
    expect(again.state.value).toEqual({ running: 'steady' });
  });

  it('asks for the token of the inspector', async () => {
    const token = 'a-long-word-hard-to-guess';
    const daemon = await inspectedDaemon({ token });
    const bridge = await bridgeTo(`${await pageOf(daemon)}?token=${token}`);
    expect(await knock(bridge.address, {})).toBe(401);
    expect(await knock(bridge.address, { path: '?token=another-long-word' })).toBe(401);
    const receiver = inspecting({ address: `${bridge.address}/?token=${token}` });
    await registers(receiver, 'supervisor');
  });

  it('costs the daemon neither memory nor an item when it hangs and when it dies', async () => {
    const daemon = await inspectedDaemon();
    const bridge = await bridgeTo(await pageOf(daemon));
    const receiver = inspecting(bridge);
    await registers(receiver, 'supervisor');
    const listener = await openListener(daemon, 9);
    const module = await openModule(daemon);
    // No more at once than what may wait for a module.
    const announce = async (from: number, to: number): Promise<void> => {
      for (let number = from; number < to; number += 1) {
        await module.announce(9, `${number} ${'x'.repeat(1_000)}`);
        if (number % 500 === 499) await listener.hearsCount(number + 1);
      }
    };
    await announce(0, 2_000);
    const { pid = 0 } = bridge;
    const before = residentBytes(daemon.pid);
    process.kill(pid, 'SIGSTOP');
    await announce(2_000, 6_000);
    process.kill(pid, 'SIGKILL');
    expect(await bridge.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await announce(6_000, 8_000);
    // What is kept of the items and of what was told of them, and a page's worth of unsent bytes.
    expect(residentBytes(daemon.pid) - before).toBeLessThan(64 * 1_048_576);
    expect(await daemon.stop()).toBe(0);
  });
});

/** Memory of a process, as Linux has it. */
const residentBytes = (pid: number): number => {
  const [, kilobytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
};

describe('hearsay inspect --xstate-inspect', () => {
  afterEach(stopAll);

  it('runs a bridge until Ctrl-C, and by it a person can stop the daemon', async () => {
    const daemon = await inspectedDaemon();
    const cli = startCli(['inspect', '--xstate-inspect', '--port', '0', await pageOf(daemon)]);
    const [, address = ''] = /ws:\/\/([^/]+)\//.exec(await cli.prints(/ws:.*\n/)) ?? [];
    const receiver = inspecting({ address });
    const { sessionId } = await registers(receiver, 'supervisor');
    receiver.send(sessionId, { type: 'shutdown.requested' });
    expect(await daemon.exited()).toBe(0);
    cli.kill('SIGINT');
    expect(await cli.result).toMatchObject({ code: 0, stderr: '' });
    await expect(knocked(address)).rejects.toThrow('ECONNREFUSED');
  });

  it('takes the bridge with it when it is killed', async () => {
    const daemon = await inspectedDaemon();
    const cli = startCli(['inspect', '--xstate-inspect', '--port', '0', await pageOf(daemon)]);
    const [, address = ''] = /ws:\/\/([^/]+)\//.exec(await cli.prints(/ws:.*\n/)) ?? [];
    const socket = new WebSocket(`ws://${address}`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    cli.kill('SIGKILL');
    expect((await closed)[0]).toBe(1_006);
  });

  it.each([
    [['--xstate-inspect'], 'name a URL'],
    [['--xstate-inspect', 'http://127.0.0.1:1/', 'http://127.0.0.1:2/'], 'takes one URL'],
    [['--xstate-inspect', 'http://127.0.0.1:1/', '--port', '65536'], 'a port is a whole number'],
    [['--xstate-inspect', 'http://127.0.0.1:1/', '--allow-origin', 'evil'], 'an origin is'],
    [['--port', '1', 'http://127.0.0.1:1/'], 'go with --xstate-inspect'],
  ])('does not take %j', async (args, complaint) => {
    const { code, stderr } = await runCli(['inspect', ...args]);
    expect(code).toBe(3);
    expect(stderr).toContain(complaint);
  });

  it('says that nobody answers', async () => {
    const { code, stderr } = await runCli(['inspect', '--xstate-inspect', 'http://127.0.0.1:1/']);
    expect([code, stderr]).toEqual([6, expect.stringContaining('no inspector answers')]);
  });
});

const knocked = async (address: string): Promise<void> => {
  await once(new WebSocket(`ws://${address}`), 'open');
};
