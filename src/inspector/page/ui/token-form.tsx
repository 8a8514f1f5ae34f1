/** Asks for the token where the daemon wants one that the page's address did not have. */
import { useState } from 'preact/hooks';
import { showText } from '../text.js';
import type { ViewProps } from './app.js';

export const TokenForm = ({ store }: ViewProps) => {
  const [token, setToken] = useState('');
  const reason = store.status.kind === 'refused' ? store.status.reason : '';
  return (
    <form
      class="banner is-warning"
      data-testid="token-form"
      onSubmit={(event) => {
        event.preventDefault();
        store.useToken(token);
      }}
    >
      <span>The daemon refuses ({showText(reason)}). It wants the token of its inspector:</span>
      <input
        type="password"
        name="token"
        aria-label="Token"
        autocomplete="off"
        value={token}
        onInput={({ currentTarget }) => {
          setToken(currentTarget.value);
        }}
      />
      <button type="submit">Connect</button>
    </form>
  );
};
