"""The error tree. Each class knows whose fault it is and whether asking again helps.

SemcacheError
├── CallerError               the caller's fault: nothing was asked of anybody
│   ├── InvalidRequestError   malformed JSON, wrong type, bad control; `param` names the field
│   ├── InvalidKeyError       no key, a wrong key, a revoked key
│   ├── NotFoundError         no such path or model
│   ├── MethodError           the path is there, but not for this method
│   ├── TooLargeError         body over the limit
│   ├── RateLimitedError      the key has asked as much as it may, for now
│   ├── ContextLengthError    the provider says the prompt is too long
│   └── RefusedError          the provider's policy refused the content
├── UpstreamError             the provider answered nonsense, or broke off
│   ├── UpstreamUnavailableError  it could not be reached, or said it is overloaded
│   ├── UpstreamRateLimitError    it said: too many requests
│   ├── UpstreamRejectedError     our key or configuration there is wrong
│   └── UpstreamTimeoutError      it did not answer in time
├── NotCachedError            the caller said only-if-cached, and it is not
├── CacheFaultError           a part of the cache is broken: a counted miss, never an answer
├── FlightLostError           the claim passed to another worker; what we hold is void
├── FlightAbandonedError      nobody waits for the answer any more
└── ConfigurationError        a setting or file cannot be meant; says what to do

`api/failures.py` holds the one table from these classes to HTTP.
"""

from semcache.types.allowance import Allowance


class SemcacheError(Exception):
    """Base of all errors that Semcache raises on purpose.

    Args:
        message: words for the one who can mend it.
        param: the request field or header that is wrong.
        retry_after_s: when asking again makes sense, where known.
    """

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
        self.retry_after_s = retry_after_s


class CallerError(SemcacheError):
    """The caller's fault."""


class InvalidRequestError(CallerError):
    """The request is malformed; `param` names the field."""


class InvalidKeyError(CallerError):
    """No key, or not one of ours."""


class NotFoundError(CallerError):
    """No such path or model."""


class MethodError(CallerError):
    """The path is there, but not for this method.

    Args:
        allowed: the methods it is there for.
    """

    def __init__(self, message: str, *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class TooLargeError(CallerError):
    """The body is over the limit."""


class RateLimitedError(CallerError):
    """The key has asked as much as it may, for now.

    Args:
        allowance: what is left to it.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.allowance = allowance


class ContextLengthError(CallerError):
    """The prompt is longer than the model's context."""


class RefusedError(CallerError):
    """The provider's policy refused the content; never retried, never cached."""


class UpstreamError(SemcacheError):
    """The provider answered nonsense, or broke off."""

    retryable = True


class UpstreamUnavailableError(UpstreamError):
    """The provider could not be reached, or says it is overloaded."""


class UpstreamRateLimitError(UpstreamError):
    """The provider said: too many requests."""


class UpstreamRejectedError(UpstreamError):
    """The provider rejects our key or configuration; asking again does not help."""

    retryable = False


class UpstreamTimeoutError(UpstreamError):
    """The provider did not answer in time."""


class NotCachedError(SemcacheError):
    """The caller said only-if-cached, and it is not."""


class CacheFaultError(SemcacheError):
    """A part of the cache is broken; the request goes on without it."""

    retryable = True


class FlightLostError(SemcacheError):
    """The claim passed to another worker; what this one holds is void."""

    retryable = True


class FlightAbandonedError(SemcacheError):
    """Nobody waits for the answer any more."""


class ConfigurationError(SemcacheError):
    """A setting or file cannot be meant."""
