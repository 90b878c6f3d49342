import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.prop.test.ts', 'test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Hundreds of tests on real processes share two cores there: one that missed a deadline gets a second look.
    retry: process.env.CI === undefined ? 0 : 1,
    // Real tmux servers and git repositories share two cores; more workers only make deadlines miss.
    maxWorkers: 3,
  },
})
