import { describe, expect, it } from 'vitest'
import { isBranchName, isHash, isTreePath } from './refs.ts'

describe('names that reach git', () => {
  it.each(['main', 'feature/x', 'v1.0', 'a-b', 'ünï'])('takes %s as a branch', (name) => {
    expect(isBranchName(name)).toBe(true)
  })
  it.each([
    '',
    '-x',
    '--upload-pack=touch /tmp/x',
    'a b',
    'a..b',
    'a/',
    '/a',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'a@{1}',
    '@',
    'HEAD',
    'a.',
    'a\nb',
    'a\0b',
    'a\x7f',
    'x'.repeat(201),
  ])('refuses %j as a branch', (name) => {
    expect(isBranchName(name)).toBe(false)
  })
  it('takes only whole hashes', () => {
    expect(isHash('a'.repeat(40))).toBe(true)
    expect(isHash('a'.repeat(64))).toBe(true)
    expect(isHash('a'.repeat(41))).toBe(false)
    expect(isHash('--output=x')).toBe(false)
  })
  it('keeps paths inside the tree', () => {
    expect(isTreePath('machine-docs/STATUS.md')).toBe(true)
    expect(['', '/a', 'a/../b', './a', 'a//b', 'a\0'].map(isTreePath)).toEqual(Array(6).fill(false))
  })
})
