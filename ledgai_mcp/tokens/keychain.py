"""The keys of this server as one value that follows its key file: a rotation takes effect without a restart.

Knows: JWT_SECRET_KEY, the key file and when it changed. Must not know: tokens, claims, other issuers' keys.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from ledgai_mcp.identity import Credentials, Identity, SealedCredentials
from ledgai_mcp.tokens.keyfile import KeyFile, read_key_file
from ledgai_mcp.tokens.keys import KeyRefused, KeyRing, Secret, VerificationKey
from ledgai_mcp.tokens.sealing import Sealer, derived

_log = logging.getLogger(__name__)


@frozen
class _Keys:
    ring: KeyRing
    sealer: Sealer


class KeyChain:
    """A KeySource, the signer's key and the sealer, always of the key file's present content.

    Every use looks at the file's stamp (one `stat`). A new content that is refused is logged and the old one
    stays: a mistake while rotating must not lock everybody out.
    """

    def __init__(
        self, jwt_secret_key: str | bytes | None, path: Path | None = None, issuer: str = "ledgai"
    ) -> None:
        """Read the keys now. Raises KeyRefused, so that a server with bad keys does not start.

        `issuer`: in whose name the keys are used.
        """
        self._issuer = issuer
        self._secret = jwt_secret_key
        self._path = path
        self._stamp = self._look()
        self._keys = self._read()

    async def find(self, kid: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """See KeySource."""
        return await self._current().ring.find(kid, algorithm)

    @property
    def signing(self) -> Secret:
        """The secret that new tokens are signed with; raises KeyRefused if there is none."""
        return self._current().ring.signing

    def seal(self, credentials: Credentials, subject: str, token_id: str) -> SealedCredentials:
        """See Sealer."""
        return self._current().sealer.seal(credentials, subject, token_id)

    def open(self, sealed: SealedCredentials, subject: str, token_id: str | None) -> Credentials:
        """See Sealer."""
        return self._current().sealer.open(sealed, subject, token_id)

    def open_for(self, identity: Identity) -> Credentials | None:
        """Return an identity's credentials in the clear."""
        if isinstance(identity.credentials, SealedCredentials):
            return self._open_sealed(identity.credentials, identity)
        return identity.credentials

    async def unseal(self, sealed: SealedCredentials, identity: Identity) -> Credentials:
        """Open the credentials that an identity's token carried: what the signer is handed.

        Raises SealRefused.
        """
        return self._open_sealed(sealed, identity)

    def _open_sealed(self, sealed: SealedCredentials, identity: Identity) -> Credentials:
        is_own = identity.issuer == self._issuer
        issuers = (None, self._issuer) if is_own else (identity.issuer,)
        return self._current().sealer.open(sealed, identity.subject, identity.token_id, issuers)

    def _current(self) -> _Keys:
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._keys = self._read()
            except KeyRefused as refusal:
                _log.error("The changed key file is not used, the keys before it stay: %s", refusal)
        return self._keys

    def _look(self) -> tuple[int, ...] | None:
        if self._path is None:
            return None
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        # The time of the last change of status too: `chmod 600` alone makes a refused file acceptable.
        return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size

    def _read(self) -> _Keys:
        content = read_key_file(self._path) if self._path is not None else KeyFile(())
        ring = KeyRing.of(self._secret, content.secrets())
        return _Keys(ring, Sealer((*content.sealing(), *derived(ring))))
