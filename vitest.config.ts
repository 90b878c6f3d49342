import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.prop.test.ts', 'test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Real tmux servers and git repositories share two cores; more workers only make deadlines miss.
    maxWorkers: 3,
    // Of tests of one file that run beside each other, for they mostly wait. Five fleets that start at once are too much.
    maxConcurrency: 3,
  },
})
