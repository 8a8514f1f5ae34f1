import { Contacts } from '../../../src/runtime/contacts.js';

const ADDRESS = { host: '127.0.0.1', port: 6_001 };
const nobody = (): boolean => false;

describe('a contact', () => {
  it('is due at once, and rests longer after each failure, up to the longest rest', () => {
    const contacts = new Contacts([ADDRESS], 3_000);
    const [contact] = contacts.due(0, nobody);
    if (contact === undefined) throw new Error('not due');
    const restMs = [1_000, 2_000, 3_000, 3_000].map(() => {
      contacts.failed(contact, 0);
      return contact.retryAtMs;
    });
    expect(restMs).toEqual([1_000, 2_000, 3_000, 3_000]);
    expect(contacts.due(2_999, nobody)).toEqual([]);
    expect(contacts.due(3_000, nobody)).toEqual([contact]);
  });

  it('that left on purpose rests, and is due again later', () => {
    const contacts = new Contacts([ADDRESS], 30_000);
    const [contact] = contacts.due(0, nobody);
    if (contact === undefined) throw new Error('not due');
    contacts.succeeded(contact, 'aa');
    contacts.left('bb', 5_000);
    expect(contacts.due(5_000, nobody)).toEqual([contact]);
    contacts.left('aa', 5_000);
    expect(contacts.due(14_999, nobody)).toEqual([]);
    expect(contacts.due(15_000, nobody)).toEqual([contact]);
  });

  it('is known once, however often the config names it', () => {
    const contacts = new Contacts([ADDRESS, { ...ADDRESS }, { ...ADDRESS, port: 6_002 }], 30_000);
    expect(contacts.size).toBe(2);
    expect(contacts.due(0, nobody).map(({ address }) => address.port)).toEqual([6_001, 6_002]);
  });

  it('is not due while it is linked or on the way', () => {
    const contacts = new Contacts([ADDRESS], 30_000);
    expect(contacts.due(0, ({ address }) => address.port === ADDRESS.port)).toEqual([]);
  });

  it('that answers again is due at once, and known by its identity; as a link it is clean', () => {
    const contacts = new Contacts([ADDRESS], 30_000);
    const [contact] = contacts.due(0, nobody);
    if (contact === undefined) throw new Error('not due');
    for (let failure = 0; failure < 4; failure += 1) contacts.failed(contact, 0);
    contacts.succeeded(contact, 'aa');
    expect(contact.identity).toBe('aa');
    expect(contacts.due(0, nobody)).toEqual([contact]);
    contacts.linked('aa');
    contacts.failed(contact, 0);
    expect(contact.retryAtMs).toBe(1_000);
  });

  it('that answers and has no room rests longer each time, as if it had not answered', () => {
    const contacts = new Contacts([ADDRESS], 30_000);
    const [contact] = contacts.due(0, nobody);
    if (contact === undefined) throw new Error('not due');
    const restMs = [1, 2, 3].map(() => {
      contacts.succeeded(contact, 'aa');
      contacts.refused('bb', 0);
      contacts.refused('aa', 0);
      return contact.retryAtMs;
    });
    expect(restMs).toEqual([1_000, 2_000, 4_000]);
  });

  it('rests a time of sense, however often it failed', () => {
    const contacts = new Contacts([ADDRESS], Number.MAX_SAFE_INTEGER);
    const [contact] = contacts.due(0, nobody);
    if (contact === undefined) throw new Error('not due');
    for (let failure = 0; failure < 2_000; failure += 1) contacts.failed(contact, 0);
    expect(contact.retryAtMs).toBe(1_000 * 2 ** 16);
  });

  it('that is ourselves is never due again', () => {
    const contacts = new Contacts([ADDRESS, { ...ADDRESS, port: 6_002 }], 30_000);
    const [contact] = contacts.due(0, nobody);
    if (contact === undefined) throw new Error('not due');
    contacts.drop(contact);
    contacts.drop(contact);
    expect(contacts.due(0, nobody).map(({ address }) => address.port)).toEqual([6_002]);
  });
});
