/** Something about the settings that their author may not have meant; the run goes on. */
export interface SettingNotice {
  /** Stable; in kebab-case. */
  readonly code: SettingNoticeCode;
  readonly message: string;
}

/** What can be noticed. */
export type SettingNoticeCode =
  /** The command does not use the setting. */
  | 'setting-unused'
  /** Somebody without access asks: nothing is pushed. */
  | 'push-withheld'
  /** The run is about a git tag that is no version: the image is named after the tag. */
  | 'tag-is-no-version'
  /** A pull request does not release the version of the file. */
  | 'version-file-passed-over'
  /** A build argument is called like a secret. */
  | 'build-arg-readable'
  /** The working directory has another commit than the image will be labelled with. */
  | 'revision-differs'
  /** A label takes the place of the commit by which a repeated run is known. */
  | 'revision-label-replaced';
