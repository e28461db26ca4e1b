// What the user types to start us: examples that can be copied as they are.

/** `npm start --` in a checkout, `shoal` where it is installed. */
export function commandName(env: NodeJS.ProcessEnv = process.env): string {
  return env['npm_lifecycle_event'] === 'start' ? 'npm start --' : 'shoal'
}
