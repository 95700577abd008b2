// The migrations that a deployed database may already have applied, by SHA-256. They are never edited: what they did
// is changed by a further migration. Add a line here when a migration is released.
export const RELEASED_MIGRATIONS: Record<string, string> = {
  'migrations/0000_first_ledger.sql': 'a16dabb45fa6f7d6e903c9c2513af7770b6e7ffc04fab452114ec4d010f68600',
  'migrations/0001_market_search.sql': '79b703e8e565b81e0ae27e1a6df1a56c50a2bab9d63134ba85ea7312bef45b8a',
  'migrations/0002_live_wallet.sql': '33fedc1861439daf317835ae0294a23ff97bb576ebcb5b5feed771eb2308fcf5',
  'migrations/0003_short_slices.sql': '8da932a7ded120a89aa34eedcc941f3b28ca4acf23c74ca4f2d5a357cbe92e66',
  'migrations/0004_web_app.sql': '02fcea46f2861ac06bb49408e45a43a6c094fc1a5b007e17ebd56499c4634059',
  'migrations/0005_peak_exposure.sql': 'fd07e232b290e1c2f6598239ee20a4e11b1481131458268e5405da720049185a',
  'migrations/0006_exit_attempts.sql': '7b0c016f18123396a47fe1a2eece2d9e47c0bfdb08b313692289d0c262e295c1',
};
