import { expect, test } from 'vitest'
import { lookAt, presetBackend, readingOf } from './testing.ts'

const REST = '────────────────\n❯ \n────────────────\n  ? for shortcuts'

/** Screens as the CLIs may write them tomorrow: other words, other menus, other CLIs. Put together by hand. */
const CASES: [backend: string, reading: string, screen: string][] = [
  [
    'claude',
    'asking',
    ' Select login method:\n\n ❯ 1. Claude account with subscription · Pro, Max, Team, or Enterprise\n\n   2. Anthropic Console account · API usage billing\n\n   3. 3rd-party platform · Amazon Bedrock',
  ],
  [
    'claude',
    'asking',
    '╭───────────────────╮\n│ Ready to code?    │\n│                   │\n│ Here is the plan: │\n│ do things         │\n╰───────────────────╯\n\n Would you like to proceed?\n\n ❯ 1. Yes, and auto-accept edits\n   2. Yes, and manually approve edits\n   3. No, keep planning',
  ],
  [
    'claude',
    'asking',
    ' New MCP server found in .mcp.json: foo\n\n MCP servers may execute code.\n\n ❯ 1. Use this and all future MCP servers in this project\n   2. Use this MCP server\n   3. Continue without using this MCP server\n\n Enter to confirm · Esc to cancel',
  ],
  [
    'claude',
    'asking',
    ' ☐ Color\n\nWhich color do you want?\n\n❯ 1. Red\n     A warm one\n  2. Blue\n     A cold one\n  3. Type something.\n────────\n  4. Chat about this\n\nEnter to select · ↑/↓ to navigate · Esc to cancel',
  ],
  [
    'claude',
    'asking',
    ' Security notes:\n\n 1. Claude can make mistakes\n    You should always review.\n\n 2. Due to prompt injection risks, only use it with code you trust\n\n Press Enter to continue…',
  ],
  [
    'claude',
    'asking',
    '  Resume Session\n  ⌕ Search…\n\n  ❯ fix the bug\n    2 hours ago · main · 12 messages\n    add tests\n    3 days ago · main · 5 messages\n\n  Ctrl+A to show all projects · Esc to cancel',
  ],
  [
    'claude',
    'asking',
    ' Select model\n Switch between Claude models.\n\n   1. Default (recommended)  Opus 4.6\n ❯ 2. Sonnet ✔  Sonnet 4.6\n   3. Haiku  Haiku 4.5\n\n Enter to confirm · Esc to exit',
  ],
  [
    'claude',
    'working',
    `⏺ Bash(npm test)\n  ⎿  Running…\n\n✽ Musing… (esc to interrupt · 34s · ↓ 1.2k tokens)\n\n${REST}`,
  ],
  ['claude', 'working', `✻ Compacting conversation… (12s)\n\n${REST}`],
  [
    'claude',
    'working',
    '⏺ Task(Explore)\n  ⎿  Read 12 files\n     +3 more tool uses (ctrl+b to run in background)\n\n✢ Exploring… (1m 2s · ↑ 3k tokens)\n  ⎿  Tip: Use /clear\n\n' +
      REST,
  ],
  [
    'claude',
    'limited',
    "  ⎿  You've hit your Sonnet limit · resets Jun 26, 5am (America/New_York)\n     /usage-credits or /model\n\n" +
      REST,
  ],
  ['claude', 'limited', `  ⎿  Your weekly limit has been reached · resets Jun 26\n\n${REST}`],
  ['claude', 'limited', `  ⎿  Weekly limit reached ∙ resets Oct 6, 1pm\n     /upgrade to Max\n\n${REST}`],
  ['claude', 'limited', `  ⎿  Opus weekly limit reached ∙ resets Oct 6, 1pm\n\n${REST}`],
  ['claude', 'limited', `⏺ You've reached your usage limit for this session. It resets at 3pm.\n\n${REST}`],
  [
    'claude',
    'failing',
    '  ⎿  API Error: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error"}}\n\n' +
      REST,
  ],
  [
    'claude',
    'failing',
    '  ⎿  API Error: 403 {"type":"error","error":{"type":"forbidden","message":"Request not allowed"}} · Please run /login\n\n' +
      REST,
  ],
  ['claude', 'failing', `  ⎿  OAuth token revoked · Please run /login\n\n${REST}`],
  [
    'claude',
    'failing',
    '⏺ API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"}}\n\n' +
      REST,
  ],
  [
    'claude',
    'working',
    '  ⎿  API Error (529 {"type":"error","error":{"type":"overloaded_error"}}) · Retrying in 5 seconds… (attempt 3/10)\n\n✻ Thinking… (40s)\n\n' +
      REST,
  ],
  ['claude', 'idle', `⏺ All done.\n\n✻ Worked for 2m 3s\n\n${REST}`],
  ['claude', 'idle', `⏺ Please run the tests yourself:\n\n  1. npm ci\n  2. npm test\n\n${REST}`],
  [
    'codex',
    'asking',
    "  Welcome to Codex, OpenAI's command-line coding agent\n\n  Sign in with ChatGPT to use Codex as part of your paid plan\n\n> 1. Sign in with ChatGPT\n     Usage included with Plus\n\n  2. Provide your own API key\n     Pay for what you use\n\n  Press Enter to continue",
  ],
  [
    'codex',
    'asking',
    '  ✨ Update available! 0.168.0 -> 0.169.0\n\n› 1. Update now (runs `npm install -g @openai/codex`)\n  2. Skip\n  3. Skip until next version\n\n  Press enter to continue',
  ],
  [
    'codex',
    'asking',
    '  Select Model and Effort\n\n› 1. gpt-5.5 (current)  Latest\n  2. gpt-5.5-mini       Small\n\n  Press enter to select reasoning effort, or esc to dismiss.',
  ],
  [
    'codex',
    'working',
    '• Explored\n  └ Read a.rs\n\n◦ Working (1m 12s • esc to interrupt)\n\n› Ask Codex to do anything\n\n  gpt-5.5 high · ~/p',
  ],
  ['codex', 'working', '• Reconnecting... 2/5 (12s • esc to interrupt)\n\n› x\n\n  gpt-5.5 high · ~/p'],
  [
    'codex',
    'limited',
    '• Ran ls\n  └ a\n\n■ You’ve hit your usage limit. To get more access now, send a request to your admin or try again at Jun 23rd, 2026\n9:01 PM.\n\n› Ask Codex\n\n  gpt-5.5 · ~/p',
  ],
  [
    'codex',
    'failing',
    '■ stream disconnected before completion: error sending request\n\n› Ask Codex\n\n  gpt-5.5 · ~/p',
  ],
  [
    'codex',
    'failing',
    '■ unexpected status 401 Unauthorized: Missing bearer or basic authentication in header\n\n› Ask Codex\n\n  gpt-5.5 · ~/p',
  ],
  [
    'codex',
    'failing',
    '■ Your input exceeds the context window of this model. Please adjust your input and try again.\n\n› Ask Codex\n\n  gpt-5.5 · ~/p',
  ],
  [
    'codex',
    'idle',
    '■ Conversation interrupted - tell the model what to do differently.\n\n› Ask Codex\n\n  gpt-5.5 · ~/p',
  ],
  [
    'gemini',
    'asking',
    '╭──────╮\n│ Get started │\n│ How would you like to authenticate for this project? │\n│ ● 1. Login with Google │\n│   2. Use Gemini API Key │\n│ (Use Enter to select) │\n╰──────╯',
  ],
  [
    'gemini',
    'limited',
    '✕ [API Error: You exceeded your current quota, please check your plan and billing details.]\n\n╭────╮\n│ >   Type your message or @path/to/file │\n╰────╯',
  ],
  [
    'gemini',
    'limited',
    'ℹ ⚡ Possible quota limitations detected or slow response times detected. Automatically switching\n\nUsage limit reached for gemini-2.5-pro.\nAccess resets at 10:36 PM UTC.\n/stats model for usage details\n\n● 1. Keep trying\n  2. Stop',
  ],
  [
    'gemini',
    'failing',
    '✕ [API Error: {"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}]\n\n╭────╮\n│ >   Type your message or @path/to/file │\n╰────╯',
  ],
  [
    'gemini',
    'working',
    '⠏ Considering the options (esc to cancel, 1m 4s)\n\n╭────╮\n│ >   Type your message or @path/to/file │\n╰────╯',
  ],
  [
    'opencode',
    'working',
    '  ┃  Build · GLM\n  ╹▀▀▀▀\n   ■■■⬝⬝⬝⬝⬝  esc interrupt                      ctrl+p commands',
  ],
  ['opencode', 'limited', '  ┃  Free usage exceeded, subscribe to Go\n  ╹▀▀▀▀'],
  ['opencode', 'failing', '  ┃  AI_APICallError: Incorrect API key provided: sk-x\n\n  ┃\n  ╹▀▀▀▀'],
  ['opencode', 'failing', '  ┃  Error: Unauthorized: Invalid API key\n\n  ┃\n  ╹▀▀▀▀'],
  [
    'generic',
    'asking',
    '◇  Goose would like to call the above tool, do you allow?\n│  ● Allow (Allow the tool call once)\n│  ○ Always Allow\n│  ○ Deny\n└  ',
  ],
  ['generic', 'working', '( O)> go\n⠧  Pondering parallel universes... (Ctrl+C to interrupt)'],
  ['generic', 'working', '( O)> go\n◐  Counting electrons...'],
  ['generic', 'idle', 'I have finished.\n\n( O)> Press Enter to send, Ctrl-J for new line'],
  [
    'generic',
    'working',
    '❯ go\n\n  ⠹ Searching files… 12s ⇣1.2k [stop]\n\n  ╭──────╮\n  │ ❯    │\n  ╰─ Grok 4.5 ─╯\n  Shift+Tab:mode',
  ],
  [
    'generic',
    'idle',
    '  Worked for 12s\n\n  ╭──────╮\n  │ ❯    │\n  ╰─ Grok 4.5 ─╯\n  Shift+Tab:mode  │  Ctrl+x:shortcuts',
  ],
  [
    'generic',
    'working',
    '> fix it\n\n⣾  Loading...\n────\n>\n────\nesc to cancel            Gemini 3.5 Flash',
  ],
  [
    'generic',
    'asking',
    'Command\n  npm test\n\nRequesting permission for: npm test\n\nDo you want to proceed?\n> 1. Yes\n  2. Yes, and always allow\n  3. No\n\n↑/↓ Navigate · tab Amend',
  ],
  ['generic', 'asking', '? Allow Amp to run this command?\n\n❯ Yes\n  Allow All for this Session\n  No'],
  [
    'generic',
    'asking',
    '┃ Allow bash?\n┃\n┃ Allow (a)   Allow for session (s)   Deny (d)\n┃\n┃ ←/→ choose  enter accept  esc cancel',
  ],
  ['generic', 'asking', 'Would you like to run this? (y/N) '],
  ['generic', 'asking', 'Overwrite existing file? [y/N]: '],
  ['generic', 'asking', 'Select an option:\n  ▸ Continue\n    Abort'],
  [
    'generic',
    'asking',
    '╭─ Permission ────╮\n│ Run `ls`?       │\n│ > Approve       │\n│   Reject        │\n╰─────────────────╯',
  ],
  [
    'generic',
    'idle',
    '● Here are the options I considered:\n\n  1. keep it\n  2. drop it\n\nWhich one do you prefer?\n\n❯ ',
  ],
  ['generic', 'idle', 'Do you want me to continue with the second part?\n\n> '],
  ['generic', 'idle', '✓ Installed 12 packages\n\n❯ Type a message'],
  ['generic', 'limited', '✗ You have exceeded your monthly included credits. Upgrade for more.\n\n❯ '],
  ['generic', 'limited', 'Error: Rate limit exceeded. Please try again in 20 minutes.\n\n> '],
  ['generic', 'limited', '⚠ Daily request limit reached. Resets in 5h 12m.\n\n> '],
  [
    'generic',
    'limited',
    'Error: 429 {"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}\n\n> ',
  ],
  ['generic', 'limited', 'You are out of credits. Add more at https://x.y\n\n> '],
  ['generic', 'limited', 'Usage limit reached. Your limit resets on June 12 at 3:00 PM.\n\n> '],
  ['generic', 'limited', "You've used all your free messages for today. Try again tomorrow.\n\n> "],
  ['generic', 'limited', 'Your free tier quota is exhausted. Please upgrade.\n\n❯ '],
  ['generic', 'failing', 'Error: Invalid API key. Set ANTHROPIC_API_KEY.\n\n> '],
  ['generic', 'failing', 'Not logged in. Run `foo login` to authenticate.\n'],
  ['generic', 'failing', '✗ Authentication failed: token expired\n\n❯ '],
  ['generic', 'failing', 'You are not signed in. Please sign in to continue.\n'],
  ['generic', 'failing', 'Error: prompt is too long: 210000 tokens > 200000 maximum\n\n> '],
  ['generic', 'failing', 'Your session has expired. Please log in again.\n\n> '],
  [
    'generic',
    'failing',
    "thread 'main' panicked at src/main.rs:3:5:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`",
  ],
  [
    'generic',
    'failing',
    '/usr/lib/node_modules/x/dist/cli.js:12\n\nTypeError: Cannot read properties of undefined\n    at main (cli.js:12:3)\n\nNode.js v22.1.0',
  ],
  ['generic', 'shell', 'Segmentation fault (core dumped)\nuser@host:~$ '],
  ['generic', 'shell', 'bye\n~/proj main* ❯❯❯ %'],
  ['generic', 'shell', 'user@host ~/proj % '],
  ['generic', 'shell', '➜  proj git:(main) ✗ '],
  ['generic', 'shell', 'bash: claude: command not found\nroot@box:/work# '],
  ['generic', 'shell', '[me@fedora proj]$ '],
  ['generic', 'shell', 'sh-5.2$ '],
  // What stands above its own end, or between fences, is quoted.
  [
    'claude',
    'idle',
    `⏺ The row looks like this:\n\n  ✻ Pondering… (12s · ↓ 1k tokens)\n\n  and goes away.\n\n✻ Worked for 3s\n\n${REST}`,
  ],
  [
    'claude',
    'idle',
    `⏺ From the log:\n\n  \`\`\`\n  ✻ Pondering… (12s · esc to interrupt)\n  \`\`\`\n\n${REST}`,
  ],
  ['claude', 'working', `⏺ From the log:\n\n  \`\`\`\n  a\n  \`\`\`\n\n✻ Pondering… (12s)\n\n${REST}`],
  ['claude', 'working', `⏺ Here it begins:\n\n  \`\`\`sh\n  npm test\n\n✻ Pondering… (12s)\n\n${REST}`],
  ['claude', 'asking', ' Login successful. Press Enter to continue…'],
  [
    'claude',
    'asking',
    " Browser didn't open? Use the url below to sign in\n\n Paste code here if prompted >",
  ],
  [
    'gemini',
    'idle',
    '✦ The row reads "⠏ Thinking... (esc to cancel, 3s)" while it works.\n\n╭────╮\n│ >   Type your message or @path/to/file │\n╰────╯',
  ],
  [
    'opencode',
    'asking',
    '  ┃  Which one?\n  ┃\n  ┃  1. This\n  ┃  2. That\n  ┃  3. Type your own answer\n  ┃\n  ┃  ↑↓ select  enter submit  esc dismiss',
  ],
  ['copilot', 'limited', "✗ Sorry, you have exhausted this model's rate limit. Please wait 2 hours.\n\n❯ "],
  ['copilot', 'failing', '✗ No authentication information found.\n\n❯ '],
  [
    'amp',
    'limited',
    '  Error: Insufficient credit balance. Add credits.\n\n╭─smart────╮\n│          │\n╰──────────╯',
  ],
  ['aider', 'failing', 'Model openai/x has hit a token limit!\nToken counts below are approximate.\n\n> '],
  ['kimi', 'failing', 'LLM not set. Run `/login` to login.\n✨ '],
  ['generic', 'asking', "Allow this action? Use 't' to trust this tool for the session. [y/n/t]:\n\n> "],
  ['cursor', 'idle', '  Done. Do you want me to go on?\n\n  → Add a follow-up\n\n  Composer 2.5 · 39.2%'],
  ['generic', 'idle', 'Allow this action? [y/n/t]: y\n\nDone.\n\n> '],
  ['generic', 'shell', '╭─me@host ~/proj\n╰─$ '],
  ['generic', 'shell', 'me@host ~/proj> '],
  ['generic', 'shell', 'PS /home/me> '],
]

test.each(CASES)('%s reads %s: %j', (backend, want, text) => {
  const command = want === 'shell' ? 'bash' : ''
  const { state, rule } = readingOf(presetBackend(backend), lookAt({ text, command }))
  expect([state, rule]).toEqual([want, rule])
})
