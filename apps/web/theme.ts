/**
 * Dark or light: the system's choice until the reader makes one, which is remembered. And whether the
 * reader asked for reduced motion.
 */
import { computed, effect, signal } from '@preact/signals';

const key = 'statecraft.theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const still = matchMedia('(prefers-reduced-motion: reduce)');

const system = signal(systemDark.matches ? 'dark' : 'light');
const chosen = signal(localStorage.getItem(key));

export const theme = computed(() => chosen.value ?? system.value);
/** Nothing flies, glows or glides. */
export const reducedMotion = signal(still.matches);

/** Keeps the document's `data-theme` right from now on. */
export function applyTheme(): void {
  systemDark.addEventListener(
    'change',
    ({ matches }) => (system.value = matches ? 'dark' : 'light'),
  );
  still.addEventListener('change', ({ matches }) => (reducedMotion.value = matches));
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
  });
}

export function toggleTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(key, chosen.value);
}
