import { defineConfig } from 'vitest/config'

/** The real tinytown against ours: docs/interop.md. Never part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.interop.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Workers of two programs share two cores with what watches them.
    fileParallelism: false,
    reporters: ['verbose'],
  },
})
