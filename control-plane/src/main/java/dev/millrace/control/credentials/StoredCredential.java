package dev.millrace.control.credentials;

import dev.millrace.control.vault.Envelope.Sealed;

/** A credential with its encrypted fields, as its row has them. */
record StoredCredential(Credential credential, Sealed sealed) {}
