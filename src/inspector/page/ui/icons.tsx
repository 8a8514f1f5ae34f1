/** Signs that fonts draw differently everywhere. */

export const PlayIcon = () => (
  <svg class="icon" viewBox="0 0 12 12" aria-hidden="true">
    <path d="M3 1.5v9l7.5-4.5z" />
  </svg>
);

export const PauseIcon = () => (
  <svg class="icon" viewBox="0 0 12 12" aria-hidden="true">
    <path d="M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z" />
  </svg>
);
