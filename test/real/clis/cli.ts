/** Where a CLI runs in one test, and which API it is told to speak to. */
export interface Place {
  /** Fresh home folder. */
  home: string
  /** The agent's working tree. */
  work: string
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  url: string
}

/** How one real CLI is installed and pointed at the stand-in. Nothing here is about detection: that is the preset's. */
export interface Cli {
  /** Name of the preset. */
  name: string
  /** npm package. */
  npm: string
  bin: string
  /** Config files that skip the first-run dialogs: absolute path to text. */
  files(place: Place): Record<string, string>
  /** What the user's shell would have set; handed on by the preset's `pass_env`. */
  env(place: Place): Record<string, string>
  /** Keys of the `[[agent]]` table besides the usual ones. */
  agent: string
  /** The kickoff is typed as one line that names its file, not given as an argument. */
  typedKickoff: boolean
  /** tmux key that leaves its approval dialog. */
  leave: string
  /** What this CLI tells by the pane's title. */
  title: { working: boolean; asking: boolean }
  /** Its limit banner names a reset time. */
  namesReset: boolean
  /** It waits in silence for a limit that ends sooner: only a longer one is shown. Milliseconds. */
  patienceMs: number
}
