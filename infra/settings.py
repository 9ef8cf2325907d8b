"""All settings, in this one place.  Environment first (``MIANZHENG_TEMPORAL__ADDRESS``), then the file named by
``MIANZHENG_CONFIG`` (TOML).  Secrets have no defaults: the embedded stack makes its own.

What cannot work is refused here, at boot, with the name of the setting.
"""

from __future__ import annotations

import base64
import os
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, IPvAnyNetwork, SecretStr, StringConstraints, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from schemas.assignment import Rungs, Step
from schemas.authority import PrincipalId
from schemas.codes import CALLBACK_PLATFORMS, ItemType, Mode, Platform, Route
from schemas.policy import CasePolicy, LongPolicy, RouteBudget, StepBudget
from schemas.retention import Retention
from schemas.submission import SubmissionTerms

SHARING_ROUTES: dict[Route, tuple[Platform, ...]] = {
    Route.ELICENCE: (Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL),
    Route.DATA_SHARING: (Platform.DATA_SHARING,),
    Route.TRUSTED_DOCUMENT: (Platform.TRUSTED_DOCUMENTS,),
}


class TemporalSettings(BaseModel):
    """The Temporal server and how payloads are sealed on it."""

    address: str = "127.0.0.1:7233"
    namespace: str = "default"
    task_queue: str = "mianzheng"
    queues: dict[str, str] = Field(default_factory=dict)
    """Own task queues for the roles ``platforms``, ``ledger`` and ``audit``; a role left out shares ``task_queue``."""
    codec_keys: dict[str, SecretStr] = Field(default_factory=dict)
    """AES-256 keys in base64 by key id; all of them open, ``codec_active_key`` seals."""
    codec_active_key: str = ""
    deployment_name: str = "mianzheng"
    build_id: str | None = None
    """Worker versioning: set by a deployment; ``None`` leaves it off."""
    promote_on_start: bool = False
    """Make ``build_id`` the current version when the worker polls: for a stack whose workers are all of one build."""
    graceful_shutdown_seconds: int = 20
    max_cached_workflows: int = 600
    max_concurrent_activities: int = 100

    @model_validator(mode="after")
    def _a_build_to_promote(self) -> Self:
        if self.promote_on_start and self.build_id is None:
            raise ValueError("temporal.promote_on_start 开启时须设 temporal.build_id")
        return self

    @model_validator(mode="after")
    def _codec_can_seal(self) -> Self:
        if self.codec_active_key not in self.codec_keys:
            raise ValueError("temporal.codec_active_key 须是 temporal.codec_keys 之一")
        for key_id, secret in self.codec_keys.items():
            _key(secret, f"temporal.codec_keys.{key_id}")
        return self


class PostgresSettings(BaseModel):
    """The database: ``dsn`` for the worker's own role; ``admin_dsn`` only for migrations."""

    dsn: SecretStr
    admin_dsn: SecretStr | None = None
    eraser_dsn: SecretStr | None = None
    """A login granted ``mianzheng_eraser``, for erasing and purging from the command line; the owner's where it is
    left out.  No process that serves has it."""
    pool_size: int = Field(default=8, ge=1)


class IdentitySettings(BaseModel):
    """Secrets behind pseudonyms (``pepper``) and subject keys (``master_key``): 32 bytes each, base64."""

    pepper: SecretStr
    master_key: SecretStr

    @model_validator(mode="after")
    def _are_keys(self) -> Self:
        _key(self.pepper, "identity.pepper")
        _key(self.master_key, "identity.master_key")
        return self

    @property
    def pepper_bytes(self) -> bytes:
        """The pepper, 32 bytes."""
        return _key(self.pepper, "identity.pepper")

    @property
    def master_key_bytes(self) -> bytes:
        """The master key, 32 bytes."""
        return _key(self.master_key, "identity.master_key")


class PlatformSettings(BaseModel):
    """How one outside platform is reached."""

    base_url: str
    access_id: str
    secret: SecretStr
    timeout_seconds: float = Field(default=5.0, gt=0)
    """Of one HTTP request."""
    ask_seconds: int = Field(default=15, ge=1)
    """Of one whole ask: token, search, link and download together."""
    requests_per_second: float = Field(default=200.0, gt=0)


class RoutingSettings(BaseModel):
    """Waiting budgets of the sharing routes and the pace of asking again."""

    elicence: RouteBudget = RouteBudget(interactive_seconds=60, background_seconds=600)
    data_sharing: RouteBudget = RouteBudget(interactive_seconds=60, background_seconds=600)
    trusted_document: RouteBudget = RouteBudget(interactive_seconds=60, background_seconds=600)
    retry_initial_seconds: float = Field(default=1.0, gt=0)
    retry_maximum_seconds: float = Field(default=20.0, gt=0)

    def budget(self, route: Route) -> RouteBudget:
        """The budget of a sharing route."""
        budget: RouteBudget = getattr(self, route.value)
        return budget


LONG_ROUTES = (
    Route.VERIFICATION,
    Route.PAPER_FIRST,
    Route.COMMITMENT,
    Route.DEFERRED_SUPPLY,
    Route.ASSISTANCE,
    Route.FLEXIBLE_DISPOSITION,
)

STEPS: dict[Step, StepBudget] = {
    Step.NOTICE: StepBudget(working_days=5),
    Step.SUPPLEMENT: StepBudget(working_days=15),
    Step.CHOICE: StepBudget(working_days=5, gives_up_after=5),
    Step.VERIFICATION: StepBudget(working_days=1, gives_up_after=3),
    Step.OPINION: StepBudget(working_days=2, gives_up_after=3),
    Step.PAPER_CHECK: StepBudget(working_days=2),
    Step.BACKFILL: StepBudget(working_days=5),
    Step.COMMITMENT_CHECK: StepBudget(working_days=20),
    Step.HEARING: StepBudget(working_days=5),
    Step.CONSEQUENCE: StepBudget(working_days=5),
    Step.RECTIFICATION: StepBudget(working_days=15),
    Step.DEFERRED_SUPPLY: StepBudget(working_days=5, gives_up_after=5),
    Step.ASSISTANCE: StepBudget(working_days=5, gives_up_after=15),
    Step.PROPOSAL: StepBudget(working_days=3, gives_up_after=5),
    Step.MORE_FACTS: StepBudget(working_days=3),
    Step.CONCLUSION: StepBudget(working_days=5),
    Step.DEPARTMENT_DECISION: StepBudget(working_days=3),
    Step.CONDITION: StepBudget(working_days=20, gives_up_after=20),
    Step.REVIEW: StepBudget(working_days=3),
    Step.COMPLETION: StepBudget(working_days=10),
    Step.ACCEPTANCE: StepBudget(working_days=2),
    Step.DECISION: StepBudget(working_days=10),
    Step.LATE_CHECK: StepBudget(working_days=5),
}
"""Working days of each step.  No public source gives the county's; these are proposals (domain §6.3), to be set."""


class LongRouteSettings(BaseModel):
    """The routes that need people: which are offered, how long each step has, and when alarms rise."""

    enabled: bool = True
    """Off: a case ends at its hand-over, with one notice for what sharing did not establish."""
    offered: tuple[Route, ...] = LONG_ROUTES
    steps: dict[Step, StepBudget] = Field(default_factory=dict)
    """Only those that differ from ``STEPS``."""
    rungs: Rungs = Rungs()
    closing_minutes: int = Field(default=17 * 60 + 30, ge=0, lt=24 * 60)
    """When offices close, minutes after midnight."""
    working_day_seconds: float | None = Field(default=None, gt=0)
    """Demonstrations only: how long a working day lasts."""
    reask_seconds: int = Field(default=4 * 3600, ge=1)
    recheck_calendar_days: int = Field(default=7, ge=1)
    late_days: int = Field(default=60, ge=1)
    deemed_accepted: tuple[ItemType, ...] = (ItemType.LICENSING,)

    @model_validator(mode="after")
    def _offers_long_routes_only(self) -> Self:
        for route in self.offered:
            if route not in LONG_ROUTES:
                raise ValueError(f"long_routes.offered 中的 {route.value} 不属此列")
        return self

    def policy(self) -> LongPolicy | None:
        """What is recorded with each admission; ``None`` where the long routes are off."""
        if not self.enabled:
            return None
        return LongPolicy(
            offered=self.offered,
            steps=STEPS | self.steps,
            rungs=self.rungs,
            closing_minutes=self.closing_minutes,
            working_day_seconds=self.working_day_seconds,
            reask_seconds=self.reask_seconds,
            recheck_calendar_days=self.recheck_calendar_days,
            late_days=self.late_days,
            deemed_accepted=self.deemed_accepted,
        )


class TelemetrySettings(BaseModel):
    """Off by default.  ``otlp_endpoint`` is the base address of an OTLP/HTTP collector."""

    log_level: str = "INFO"
    log_json: bool = True
    traces: bool = False
    otlp_endpoint: str | None = None
    metrics_address: str | None = None
    """``host:port`` of the one Prometheus endpoint (SDK and domain)."""

    @model_validator(mode="after")
    def _traces_go_somewhere(self) -> Self:
        if self.traces and not self.otlp_endpoint:
            raise ValueError("telemetry.traces 开启时须设 telemetry.otlp_endpoint")
        return self


class CodecServerSettings(BaseModel):
    """The codec server for the Temporal Web UI.  TLS, where it is not on loopback, is that of a proxy before it."""

    host: str = "127.0.0.1"
    port: int = 8081
    ui_origin: str = "http://127.0.0.1:8233"
    local_session: SecretStr | None = Field(default=None, min_length=32)
    """The UI of a stack on one machine has no login: it is told this secret path, and sees, masked, what a supervisor
    may.  It stands for the machine, not for a person; in production it is left out."""

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in ("127.0.0.1", "::1", "localhost")

    @model_validator(mode="after")
    def _a_local_session_stays_local(self) -> Self:
        if self.local_session is not None and not self.on_loopback:
            raise ValueError("codec_server.local_session 只能用于本机回环地址")
        return self


class CallbackSettings(BaseModel):
    """How a platform that calls back proves that it is it."""

    client_id: str = Field(min_length=1)
    secret: SecretStr = Field(min_length=16)


TokenAlgorithm = Literal["ES256", "RS256", "EdDSA"]


class OidcSettings(BaseModel):
    """Whose bearer tokens are taken (OpenID Connect), and where in them stands what we need to know."""

    issuer: str
    audience: str = Field(default="mianzheng", min_length=1)
    jwks_uri: str | None = None
    """``None``: as the issuer's discovery document says."""
    algorithms: tuple[Literal["ES256", "RS256", "EdDSA"], ...] = Field(
        default=("ES256", "RS256", "EdDSA"), min_length=1
    )
    leeway_seconds: int = Field(default=30, ge=0, le=60)
    require_nbf: bool = True
    """Off for a provider that leaves ``nbf`` out; where it is there, it counts all the same."""
    roles_claim: str = "roles"
    """A name, or a dotted path such as ``realm_access.roles``; so are the others."""
    department_claim: str = "department"
    unit_claim: str = "unit"
    items_claim: str = "items"
    keys_ttl_seconds: float = Field(default=900.0, gt=0)
    refresh_pause_seconds: float = Field(default=10.0, ge=0)
    """Between two fetches of the keys, however many unknown key ids come."""
    fetch_timeout_seconds: float = Field(default=3.0, gt=0)
    issuer_key_path: Path | None = None
    """The embedded stack's own issuer; never in production."""

    @model_validator(mode="after")
    def _keys_come_safely(self) -> Self:
        check_oidc_address(self.issuer, "oidc.issuer")
        if self.jwks_uri is not None:
            check_oidc_address(self.jwks_uri, "oidc.jwks_uri")
        return self


class RateSettings(BaseModel):
    """How many requests one principal may make, in each process of the door."""

    per_second: float = Field(default=20.0, gt=0)
    system_per_second: float = Field(default=1000.0, gt=0)
    """Of a business system, which speaks for many people."""
    burst_seconds: float = Field(default=5.0, gt=0)
    """So many seconds' worth may come at once."""


class HarvestSettings(BaseModel):
    """From when on looking things up counts as harvesting; figures to be set by the county after a month of use."""

    window_seconds: float = Field(default=600.0, gt=0)
    cases: int = Field(default=300, ge=2)
    """Distinct cases one person looks at within the window."""
    system_cases: int = Field(default=50_000, ge=2)
    misses: int = Field(default=20, ge=2)
    """Distinct cases one asks for that it may not see, or that do not exist."""
    block: bool = False
    """Keep the principal out for ``block_seconds``, not only raise the alarm."""
    block_seconds: float = Field(default=900.0, gt=0)


class GatewaySettings(BaseModel):
    """Where our own HTTP door listens."""

    host: str = "127.0.0.1"
    port: int = 8082


class FeedSettings(BaseModel):
    """How soon the feed follows the ledger, and how those who read it hear of it."""

    poll_seconds: float = Field(default=0.2, gt=0)
    """Between two looks for new events; appends themselves tell nobody."""
    listen: bool = True
    """LISTEN/NOTIFY; off behind a connection pooler that shares sessions, where readers look every ``poll_seconds``."""


class WebhookSettings(BaseModel):
    """Outbound events: what they are called, where they may go, and how long is tried."""

    type_prefix: str = Field(default="cn.dehua.mianzheng", pattern=r"^[a-z0-9]+(\.[a-z0-9-]+)*$")
    """Before the name of each event: ``cn.dehua.mianzheng.application_accepted``."""
    source: str | None = Field(default=None, min_length=1)
    """The CloudEvents source; ``urn:mianzheng:<county>`` unless set."""
    dataschema: str = Field(default="urn:mianzheng:schema:outbound", min_length=1)
    """Where the schema of the data is published; ``:v1`` follows."""
    allowed_networks: tuple[IPvAnyNetwork, ...] = ()
    """Networks that are not public and may be sent to (the county's own); everything public may."""
    allow_http: bool = False
    """Also without TLS, and only to ``allowed_networks``."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    """Of one whole request."""
    response_bytes: int = Field(default=16 * 1024, ge=0)
    """Of an answer no more is read; its content means nothing."""
    parallel: int = Field(default=32, ge=1)
    parallel_per_subscription: int = Field(default=4, ge=1)
    retry_initial_seconds: float = Field(default=5.0, gt=0)
    retry_maximum_seconds: float = Field(default=3600.0, gt=0)
    attempts: int = Field(default=40, ge=1)
    days: float = Field(default=3.0, gt=0)
    """Whichever of the two is reached first makes a delivery dead; it can be sent again by hand."""
    overlap_hours: float = Field(default=24.0, ge=0)
    """How long a replaced secret still signs."""

    lease_seconds: float = Field(default=60.0, gt=0)
    """After which another process takes over what one had in hand when it died."""

    @model_validator(mode="after")
    def _lease_outlasts_a_request(self) -> Self:
        if self.lease_seconds <= self.timeout_seconds:
            raise ValueError("webhooks.lease_seconds 须长于 webhooks.timeout_seconds")
        return self


class WitnessSettings(BaseModel):
    """A witness of another office: where it is, and the public key it cosigns with (``name+id+key``)."""

    url: str
    key: str = Field(min_length=1)

    @model_validator(mode="after")
    def _comes_safely(self) -> Self:
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError("audit.witnesses.url 须为 http 或 https 地址")
        return self


class AuditSettings(BaseModel):
    """The signed log over the ledger: its key, and the places outside where its heads are put."""

    key_path: Path | None = None
    """The log's key (0600), whose name is the log's origin; ``mianzheng audit key`` makes one.  Without it no head is
    signed, and exports prove nothing against the owner of the database."""
    interval_seconds: float = Field(default=10.0, gt=0)
    """Between two heads."""
    file: Path | None = None
    """An append-only file, on a disk that the database's owner cannot write."""
    http: tuple[str, ...] = ()
    """Addresses that every head is POSTed to."""
    witnesses: tuple[WitnessSettings, ...] = ()
    stale_seconds: float = Field(default=3600.0, gt=0)
    """How old an event may get before a place outside holds a head over it; then an alarm is raised."""
    require_witnessed: bool = False
    """Refuse exports while events older than ``stale_seconds`` are not under a witnessed head."""
    exports_path: Path | None = None
    """Where the door keeps what was exported, for ``export_hours``; of several doors, a place that all of them see.
    ``exports`` beside ``evidence_path`` unless set."""
    export_hours: float = Field(default=24.0, gt=0)
    exports_at_once: int = Field(default=2, ge=1, le=16)
    """In one process of the door; each is made by a process of its own."""
    exports_waiting: int = Field(default=8, ge=0)
    """For a place among them; more are refused."""
    export_cases: int = Field(default=20_000, ge=1)
    """Of a query so many at most; a period has no bound but ``export_mib``."""
    export_mib: int = Field(default=8192, ge=1)
    """The largest file."""

    @model_validator(mode="after")
    def _can_be_required(self) -> Self:
        if self.require_witnessed and not self.witnesses:
            raise ValueError("audit.require_witnessed 开启时须设 audit.witnesses")
        if self.witnesses and self.key_path is None:
            raise ValueError("设了 audit.witnesses 时须设 audit.key_path")
        return self


Mailbox = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$", max_length=254
    ),
]
"""An address of an office; ASCII, as every mail server takes."""


class SmtpSettings(BaseModel):
    """The mail server of the office that sends reports."""

    host: str = Field(min_length=1)
    port: int = Field(default=465, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    """From the first byte on (465), asked for in words (587), or none: only to this machine or with no password."""
    username: str | None = Field(default=None, min_length=1)
    password: SecretStr | None = None
    sender: Mailbox
    ca_file: Path | None = None
    """The authority that signed the server's certificate, where the system does not know it."""
    timeout_seconds: float = Field(default=30.0, gt=0, le=300)
    """Of one answer of the server."""
    whole_seconds: float = Field(default=180.0, gt=0, le=900)
    """Of one mail from the connection on: a server that sends a byte now and then holds nothing up."""

    @model_validator(mode="after")
    def _passwords_travel_sealed(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("report.smtp.username 与 report.smtp.password 须同时设置")
        if self.username and self.security == "none" and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("report.smtp.security 为 none 时不得设密码（本机除外）")
        return self


class ReportSettings(BaseModel):
    """The monthly report to the committee office and the quarterly one to the county government."""

    directory: Path | None = None
    """Where the files of reports are kept; without it no report is made."""
    smtp: SmtpSettings | None = None
    recipients: tuple[Mailbox, ...] = ()
    """Of the monthly report: the committee office's mailbox."""
    government: tuple[Mailbox, ...] = ()
    """Of the quarterly one; without any it is made and kept, and mailed to nobody."""
    scheduled: bool | None = None
    """Whether reports are made by the clock; unless set: where mail is set up."""
    submissions: SubmissionTerms = SubmissionTerms()
    at: time = time(9, 0)
    """When on the day after the submissions are due, county time."""

    @property
    def by_the_clock(self) -> bool:
        """Whether there is a schedule."""
        return self.smtp is not None if self.scheduled is None else self.scheduled

    @model_validator(mode="after")
    def _can_be_made_and_sent(self) -> Self:
        if self.smtp is not None and not self.recipients:
            raise ValueError("设了 report.smtp 时须设 report.recipients")
        if self.directory is None and (self.smtp is not None or self.scheduled):
            raise ValueError("report.directory 未设置，报告无处存放")
        return self


class JobSettings(BaseModel):
    """What the county does by the clock, county time: a Temporal Schedule each, which the workers keep as set here."""

    reconcile: bool = True
    """Off: there is no such schedule."""
    reconcile_at: time = time(2, 30)
    """Daily."""


class Settings(BaseSettings):
    """Everything a process of Mianzheng is told from outside."""

    model_config = SettingsConfigDict(
        env_prefix="MIANZHENG_", env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
    )

    county: str = "350526"
    operator: PrincipalId | None = None
    """Whose number stands on record for what is looked at with the command line; otherwise the OS user's name."""
    temporal: TemporalSettings
    postgres: PostgresSettings
    identity: IdentitySettings
    platforms: dict[Platform, PlatformSettings]
    """All that share evidence; one of the others that is left out is not connected."""
    routing: RoutingSettings = RoutingSettings()
    long_routes: LongRouteSettings = LongRouteSettings()
    evidence_path: Path
    telemetry: TelemetrySettings = TelemetrySettings()
    codec_server: CodecServerSettings = CodecServerSettings()
    gateway: GatewaySettings = GatewaySettings()
    oidc: OidcSettings | None = None
    """Without it the door lets nobody in."""
    retention: Retention = Retention()
    feed: FeedSettings = FeedSettings()
    webhooks: WebhookSettings = WebhookSettings()
    audit: AuditSettings = AuditSettings()
    report: ReportSettings = ReportSettings()
    jobs: JobSettings = JobSettings()
    rates: RateSettings = RateSettings()
    harvest: HarvestSettings = HarvestSettings()
    callbacks: dict[Platform, CallbackSettings] = Field(default_factory=dict)
    """Those left out are not let in."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (tests), then the environment, then the TOML file."""
        path = os.environ.get("MIANZHENG_CONFIG")
        file = (TomlConfigSettingsSource(settings_cls, Path(path)),) if path else ()
        return (init_settings, env_settings, *file)

    @model_validator(mode="after")
    def _budgets_outlast_their_platforms(self) -> Self:
        for platform, configured in self.platforms.items():
            if configured.ask_seconds < configured.timeout_seconds:
                raise ValueError(f"platforms.{platform.value}.ask_seconds 短于其 timeout_seconds")
        for route, platforms in SHARING_ROUTES.items():
            for platform in platforms:
                if platform not in self.platforms:
                    raise ValueError(f"platforms.{platform.value} 未设置")
                configured = self.platforms[platform]
                for mode in Mode:
                    if 0 < self.routing.budget(route).seconds(mode) < configured.ask_seconds:
                        raise ValueError(
                            f"routing.{route.value}.{mode.value}_seconds 短于 platforms.{platform.value}.ask_seconds"
                        )
        return self

    @model_validator(mode="after")
    def _codec_server_knows_who_asks(self) -> Self:
        if not self.codec_server.on_loopback and self.oidc is None:
            raise ValueError("codec_server.host 不是本机回环地址时须设 oidc")
        return self

    @model_validator(mode="after")
    def _only_those_call_back_that_do(self) -> Self:
        for platform in self.callbacks:
            if platform not in CALLBACK_PLATFORMS:
                raise ValueError(f"callbacks.{platform.value} 无此回调：该平台不回送答复")
        return self

    @property
    def exports_path(self) -> Path:
        """Where exports are kept."""
        return self.audit.exports_path or self.evidence_path.parent / "exports"

    @cached_property
    def case_policy(self) -> CasePolicy:
        """What is recorded with each admission."""
        return CasePolicy(
            budgets={route: self.routing.budget(route) for route in SHARING_ROUTES},
            ask_seconds={platform: p.ask_seconds for platform, p in self.platforms.items()},
            retry_initial_seconds=self.routing.retry_initial_seconds,
            retry_maximum_seconds=self.routing.retry_maximum_seconds,
            queues=self.temporal.queues,
            long=self.long_routes.policy(),
        )


def check_oidc_address(address: str, name: str) -> str:
    """Keys that come over plain HTTP are anybody's, except on this machine.  Raises ValueError."""
    place = urlsplit(address)
    local = place.hostname in ("127.0.0.1", "::1", "localhost")
    if not place.hostname or not (place.scheme == "https" or (place.scheme == "http" and local)):
        raise ValueError(f"{name} 须为 https 地址（只有本机可用 http）")
    return address


def _key(secret: SecretStr, name: str) -> bytes:
    try:
        key = base64.b64decode(secret.get_secret_value(), validate=True)
    except ValueError:
        raise ValueError(f"{name} 须为 base64") from None
    if len(key) != 32:
        raise ValueError(f"{name} 须为 32 字节，实为 {len(key)} 字节")
    return key
