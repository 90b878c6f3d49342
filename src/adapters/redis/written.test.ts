import { expect, test } from 'vitest'
import { OutsideError } from '../../core/index.ts'
import { untilWritten } from './written.ts'

/** A server that answers INFO with these, one after the other; the last one stays. */
function server(...answers: (string | Error)[]) {
  let asked = 0
  return {
    asked: () => asked,
    send: () => {
      const answer = answers[Math.min(asked, answers.length - 1)]!
      asked += 1
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
  }
}
const info = (size: number, kept: number) =>
  `# Persistence\r\naof_enabled:1\r\naof_current_size:${size}\r\naof_buffer_length:${kept}\r\n`
const refused = (code: string) =>
  new OutsideError({ tool: 'redis', args: [], code, stderr: '', retryable: false, what: 'no' } as never)

test('asks once where all is written', async () => {
  const quick = server(info(100, 0))
  await untilWritten(quick, quick.send)
  expect(quick.asked()).toBe(1)
})

test('waits until what was kept back is written, and not for what came after it', async () => {
  const slow = server(info(100, 27), info(100, 60), info(130, 500))
  await untilWritten(slow, slow.send)
  expect(slow.asked()).toBe(3)
})

test('waits no longer when the file was rewritten meanwhile', async () => {
  const rewritten = server(info(100, 27), info(100, 30), info(10, 30))
  await untilWritten(rewritten, rewritten.send)
  expect(rewritten.asked()).toBe(3)
})

test.each(['REDIS_AUTH', 'REDIS_REPLY'])('asks a server that refuses it (%s) only once', async (code) => {
  const closed = server(refused(code))
  await untilWritten(closed, closed.send)
  await untilWritten(closed, closed.send)
  expect(closed.asked()).toBe(1)
})

test('asks a server without such a file only once, and hands on that a connection is lost', async () => {
  const none = server('aof_enabled:0\r\n')
  await untilWritten(none, none.send)
  await untilWritten(none, none.send)
  expect(none.asked()).toBe(1)
  const lost = server(info(1, 2), refused('REDIS_LOST'))
  await expect(untilWritten(lost, lost.send)).rejects.toMatchObject({
    code: 'REDIS_LOST',
  })
})
