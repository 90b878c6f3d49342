import { defineConfig } from 'vitest/config'

/** The real agent CLIs against a stand-in model API on loopback: docs/real-clis.md. Never part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    // One CLI at a time: what is measured is the supervisor, not four language runtimes on two cores.
    fileParallelism: false,
    reporters: ['verbose'],
  },
})
