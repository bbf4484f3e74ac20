/**
 * How the reader looks at the page: dark or light, the system's choice until the reader makes one, which
 * is remembered; whether with reduced motion, and whether in a narrow window.
 */
import { computed, effect, signal } from '@preact/signals';

const key = 'statecraft.theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const still = matchMedia('(prefers-reduced-motion: reduce)');
const narrow = matchMedia('(max-width: 1240px)');

const system = signal(systemDark.matches ? 'dark' : 'light');
const chosen = signal(localStorage.getItem(key));

export const theme = computed(() => chosen.value ?? system.value);
/** Nothing flies, glows or glides. */
export const reducedMotion = signal(still.matches);
/** What is as wide as the window allows would be too small to read. */
export const isNarrow = signal(narrow.matches);

/** Keeps the document's `data-theme` right from now on. */
export function applyTheme(): void {
  systemDark.addEventListener(
    'change',
    ({ matches }) => (system.value = matches ? 'dark' : 'light'),
  );
  still.addEventListener('change', ({ matches }) => (reducedMotion.value = matches));
  narrow.addEventListener('change', ({ matches }) => (isNarrow.value = matches));
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
  });
}

export function toggleTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(key, chosen.value);
}
