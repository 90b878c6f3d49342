import { defineConfig } from 'vitest/config'

/** The soak on the real CLIs, `npm run soak`. Never part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/real/soak/*.soak.ts'],
    hookTimeout: 900_000,
    disableConsoleIntercept: true,
    reporters: ['verbose'],
  },
})
