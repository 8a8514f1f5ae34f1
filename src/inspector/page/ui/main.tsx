/** Starts the page. */
import { render } from 'preact';
import { App } from './app.js';
import { Server } from './server.js';
import { Store } from './store.js';
import { takeToken } from './token.js';

const root = document.getElementById('app');
let isAsked = false;

const store = new Store(new Server(takeToken()), () => {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    draw();
  });
});

const draw = (): void => {
  if (root !== null) render(<App store={store} />, root);
};

draw();
store.start();
