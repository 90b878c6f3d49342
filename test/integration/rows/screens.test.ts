import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { lookAt, presetBackend, readingOf } from '../../../src/backends/testing.ts'
import { createBench, created, panesOf, test, until } from '../../support/tmux.ts'

const root = 'test/fixtures/screens'
const screens = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.txt'))
  .map((path) => {
    const [backend = '', , file = ''] = path.split(/[\\/]/)
    return { path, backend, want: file.split('--')[0]!, text: readFileSync(join(root, path), 'utf8') }
  })

/** What a program does to its terminal before it draws the screen. `{}` is where the screen comes. */
const terminals: Record<string, { before: string; size?: { width: number; height: number } }> = {
  'cleared screen': { before: 'old usage limit reached\\n\\033[2J\\033[H' },
  'alternate screen': { before: 'Do you want to proceed?\\n 1. Yes\\n\\033[?1049h\\033[H' },
  '500 columns': { before: '', size: { width: 500, height: 60 } },
  '100 columns and 20 rows': { before: '', size: { width: 100, height: 20 } },
  'wide characters above': { before: '日本語のテキスト 😀 👩‍👩‍👧 ｆｕｌｌ ｗｉｄｔｈ e\\314\\201\\n' },
  'colours and a spinner overdrawn': { before: '\\033[31m⠋ x\\033[0m\\r\\033[K' },
}

/** A recorded screen is as wide as the terminal that it was taken from: in a narrower one it would be another screen. */
const fits = (text: string, size = { width: 200, height: 50 }): boolean =>
  text.split('\n').every((row) => row.length <= size.width)

describe('row 15: a screen read through a real pane says what the plain text says', () => {
  for (const [name, { before, size }] of Object.entries(terminals)) {
    test(`${name}`, async ({ bench }) => {
      const tmux = bench.open()
      const shownHere = screens.filter(({ text }) => fits(text, size))
      const specs = shownHere.map(({ path }, n) => {
        const script = `printf '${before}'; cat "$1"; exec cat`
        const argv = ['/bin/sh', '-c', script, 'sh', join(process.cwd(), root, path)]
        return bench.spec(`s${n}`, argv, size === undefined ? {} : { size })
      })
      expect((await tmux.newSessions(specs)).map((one) => one.kind)).toEqual(specs.map(() => 'created'))
      const panes = await panesOf(tmux)
      const ids = shownHere.map((_, n) => panes.find((pane) => pane.sessionName === `s${n}`)!.paneId)
      const drawn = async () => {
        const captured = await tmux.capture(ids)
        if (captured.kind !== 'ok') return undefined
        const whole = shownHere.every(({ text }, n) => {
          const last = text.trimEnd().split('\n').at(-1)!.trim()
          return captured.text.get(ids[n]!)?.includes(last)
        })
        return whole ? captured.text : undefined
      }
      const shown = await until(drawn, 'all screens')
      const readings = shownHere.map(({ backend, want, path }, n) => {
        const command = want === 'shell' ? 'bash' : backend
        return `${path}: ${readingOf(presetBackend(backend), lookAt({ text: shown.get(ids[n]!)!, command })).state}`
      })
      expect(readings).toEqual(shownHere.map(({ path, want }) => `${path}: ${want}`))
    })
  }

  test('ten thousand lines of history with banners in them', async () => {
    const bench = createBench()
    const tmux = bench.open()
    const limited = "seq -f 'You hit your usage limit %g, API Error: 401, Do you want to proceed?' 10000"
    const { path, text } = screens.find(
      (one) => one.path.includes('idle--composer') && one.backend === 'gemini',
    )!
    const script = `${limited}; seq 60; cat "$1"; exec cat`
    const made = await created(
      tmux,
      bench.spec('long', ['/bin/sh', '-c', script, 'sh', join(process.cwd(), root, path)]),
    )
    const last = text.trimEnd().split('\n').at(-1)!.trim()
    const shown = await until(async () => {
      const captured = await tmux.capture([made.paneId])
      const now = captured.kind === 'ok' ? captured.text.get(made.paneId) : undefined
      return now?.includes(last) ? now : undefined
    }, 'the screen')
    expect(readingOf(presetBackend('gemini'), lookAt({ text: shown, command: 'gemini' })).state).toBe('idle')
    await bench.end()
  })
})
