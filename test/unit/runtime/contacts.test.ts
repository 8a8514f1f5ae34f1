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
    expect(contacts.due(5_999, nobody)).toEqual([]);
    expect(contacts.due(6_000, nobody)).toEqual([contact]);
  });
});
