import { describe, expect, it } from 'vitest'
import { isDone } from './done.ts'

const DONE: [string, string][] = [
  ['a bare marker at the end', '# Status\n\n## DONE'],
  ['a bare marker and a line end', '## DONE\n'],
  ['text on the next line', '## DONE\nAll gates pass.\n'],
  ['text after blank lines', '## DONE\n\n\n  All gates pass.\n'],
  ['Windows line ends', '## DONE\r\n\r\nAll gates pass.\r\n'],
  ['a byte order mark', '\uFEFF## DONE\nAll gates pass.\n'],
  ['a colon', '## DONE:\nAll gates pass.\n'],
  ['words after a colon', '## DONE: all gates pass\n'],
  ['words after a dash', '## DONE — 12 of 12 gates verified\n'],
  ['words in brackets', '## DONE (verified by the adversary)\nAll gates pass.\n'],
  ['a closing hash', '## DONE ##\nAll gates pass.\n'],
  ['a tick', '## DONE \u2705\nAll gates pass.\n'],
  ['a date', '## DONE (2026-05-01)\nAll gates pass.\n'],
  ['a date and time', '## DONE \u2014 2026-05-01T14:03:00Z\n'],
  ['trailing blanks', '## DONE   \nyes\n'],
  ['pending items that are none', '## DONE\nPending items: none\n'],
  ['an item called NA-17', '## DONE\nNA-17 closed\n'],
  ['a report that begins with when all', '## DONE\nWhen all tests were run they passed\n'],
  ['text in bold tags', '## DONE\n<b>All gates pass</b>\n'],
  ['text in a paragraph tag', '## DONE\n<p align="left">All gates pass</p>\n'],
  ['bold text', '## DONE\n**All gates pass**\n'],
  ['a quote', '## DONE\n> reviewed at 1a2b3c4\n'],
  ['a list', '## DONE\n- gate 1: pass\n'],
  ['a ticked list', '## DONE\n- [x] gate 1\n- [X] gate 2\n\nfine\n'],
  ['a rule, then text', '## DONE\n---\nAll gates pass.\n'],
  ['another heading after it', '## DONE\n\n## Next\nnot yet\n'],
  ['code after it', '## DONE\n```sh\n42 passed\n```\n'],
  ['bare code after it', '## DONE\n```\n42 passed\n```\n'],
  ['a second, good marker', '## DONE\nnot yet\n\n## DONE\nAll gates pass.\n'],
  ['a closed code block before', '```\n## DONE\nnot yet\n```\n## DONE\nyes\n'],
  ['a closed tilde block before', '~~~~\n~~~\n~~~~\n## DONE\n'],
  ['a closed comment before', '<!-- draft\n-->\n## DONE\n'],
  ['nothing pending', '## DONE\nNothing is pending.\n'],
  ['no open items', '## DONE\nNo open findings.\n'],
  ['notes', '## DONE\nNotes: see review 3\n'],
  ['an address in brackets', '## DONE\n<https://ci.example.org/42>\n'],
  ['a national word', '## DONE\nNational holidays handled.\n'],
  ['todo items that are none', '## DONE\nTODO: none\n'],
  ['a table', '## DONE\n| gate | result |\n'],
  ['a lone carriage return as line end', '## DONE\rAll gates pass.\r'],
  ['letters of another script', '## DONE\n\u0413\u043e\u0442\u043e\u0432\u043e\n'],
]

const NOT: [string, string][] = [
  ['an empty file', ''],
  ['no marker', '# Status\nworking\n'],
  ['lower case', '## done\n'],
  ['a leading blank', ' ## DONE\n'],
  ['a deeper heading', '### DONE\n'],
  ['a quoted marker', '> ## DONE\n'],
  ['an inline mention', 'Write ## DONE when finished\n'],
  ['DONE criteria', '## DONE criteria\nall gates\n'],
  ['DONE: criteria', '## DONE: criteria\nall gates\n'],
  ['DONE — pending', '## DONE — pending\n'],
  ['DONE (pending)', '## DONE (pending)\n'],
  ['DONE - when all pass', '## DONE - when all gates pass\n'],
  ['DONE when', '## DONE when\nall gates pass\n'],
  ['DONE: not yet', '## DONE: not yet\n'],
  ['DONE, a dash, pending', '## DONE \u2014 pending\n'],
  ['DONE-ish', '## DONE-ish\n'],
  ['DONENESS', '## DONENESS\n'],
  ['DONE 2 of 5', '## DONE 2/5 gates\n'],
  ['a question mark', '## DONE\n?\n'],
  ['a fence', '```\n## DONE\n```\n'],
  ['a fence with a language', '```markdown\n## DONE\nAll gates pass.\n```\n'],
  ['a fence never closed', '```\n## DONE\n'],
  ['a tilde fence', '~~~\n## DONE\n~~~\n'],
  ['a longer fence around a shorter', '````\n```\n## DONE\n```\n````\n'],
  ['a comment of several lines', '<!--\n## DONE\n-->\n'],
  ['not yet', '## DONE\nnot yet\n'],
  ['Not Done', '## DONE\nNot Done\n'],
  ['not complete', '## DONE\n\nnot complete: gate 2\n'],
  ['incomplete', '## DONE\nIncomplete\n'],
  ['a listed not yet', '## DONE\n- not yet\n'],
  ['an emphasised not yet', '## DONE\n_not yet_\n'],
  ['a bold not done', '## DONE\n**Not done**\n'],
  ['pending in brackets', '## DONE\n(pending)\n'],
  ['pending', '## DONE\nPending review by the adversary\n'],
  ['TODO', '## DONE\nTODO\n'],
  ['TODO with text', '## DONE\n- TODO: gate 3\n'],
  ['No', '## DONE\nNo\n'],
  ['No.', '## DONE\n  No.\n'],
  ['TBD', '## DONE\nTBD\n'],
  ['n/a', '## DONE\nn/a\n'],
  ['NA', '## DONE\nNA\n'],
  ['an open task', '## DONE\n- [ ] gate 1\n'],
  ['an open task after a ticked one', '## DONE\n- [x] gate 1\n- [ ] gate 2\n'],
  ['a comment', '## DONE\n<!-- fill in -->\n'],
  ['a slot', '## DONE\n<date and evidence>\n'],
  ['a slot that begins like a tag', '## DONE\n<summary of all gates>\n'],
  ['a slot in a list', '## DONE\n- <evidence>\n'],
  ['written here only', '## DONE\nWritten here only by the adversary\n'],
  ['only when', '## DONE\nOnly when all gates pass\n'],
  ['when all', '## DONE\nWhen all gates pass, write the evidence here\n'],
  ['to be written', '## DONE\nto be written\n'],
  ['to be filled', '## DONE\n*To be filled in by the builder*\n'],
  ['in progress', '## DONE\nIn progress\n'],
  ['dots', '## DONE\n...\n'],
  ['a lone dash', '## DONE\n-\n'],
  ['a rule, then not yet', '## DONE\n---\nnot yet\n'],
  ['not yet in a tag', '## DONE\n<b>not yet</b>\n'],
  ['not yet in code', '## DONE\n`not yet`\n'],
  ['not yet in a code block', '## DONE\n```\nnot yet\n```\n'],
  ['pending, quoted', '## DONE\n> *Pending.*\n'],
]

describe('a phase is done with', () => {
  it.each(DONE)('%s', (_, text) => {
    expect(isDone(text)).toMatchObject({ done: true })
  })
})

describe('a phase is not done with', () => {
  it.each(NOT)('%s', (_, text) => {
    expect(isDone(text)).toMatchObject({ done: false })
  })
})

it('says which line decided and why', () => {
  const why = 'line 2: "not yet" after it is a placeholder'
  expect(isDone('a\n## DONE\nnot yet\n')).toEqual({ done: false, line: 2, why })
  expect(isDone('```\n## DONE\n').why).toContain('code block that begins on line 1')
  expect(isDone('## DONE soon').why).toContain('write the marker alone')
  expect(isDone('x\n## DONE')).toMatchObject({ done: true, line: 2 })
})

it('takes another marker, and never an empty one', () => {
  expect(isDone('STATUS: COMPLETE\n', 'STATUS: COMPLETE').done).toBe(true)
  expect(isDone('anything', '').done).toBe(false)
})

it('comes back from a hostile line', () => {
  expect(isDone(`## DONE\n${'> '.repeat(100_000)}x\n${'<'.repeat(50_000)}`).line).toBe(1)
  expect(isDone(`## DONE ${'1-'.repeat(50_000)}\n`).line).toBe(1)
})
