"""token: a bearer token of the embedded stack's own issuer."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit
from infra.cli.session import StateOption, load_settings
from schemas.authority import Principal, Role


def token(
    role: Annotated[list[Role], typer.Argument(help="角色，可写多个。Roles.")],
    department: Annotated[
        str | None, typer.Option(help="所属部门的统一社会信用代码。USCC of the department.", show_default=False)
    ] = None,
    unit: Annotated[str | None, typer.Option(help="内设机构。Internal unit.", show_default=False)] = None,
    item: Annotated[
        list[str] | None, typer.Option(help="限于这些事项编码，可重复。Item codes.", show_default=False)
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="人员或系统编号，默认为角色名。Staff or system number.", show_default=False)
    ] = None,
    minutes: Annotated[int, typer.Option(min=1, max=24 * 60, help="有效分钟数。Lifetime.")] = 60,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """签发访问令牌，只用于本机全套服务；生产环境的令牌由本县身份认证系统签发。Print a bearer token.

    \b
    例：
      curl -H "Authorization: Bearer $(mianzheng token clerk --department 11350526MB0000002F)" …
      mianzheng token supervisor --subject sup-01
    """
    from infra.identity.issuer import TokenIssuer

    who = Principal(
        principal_id=subject or "-".join(role),
        roles=tuple(dict.fromkeys(role)),
        department=department,
        unit=unit,
        items=tuple(item or ()),
    )
    oidc = load_settings(state_dir).oidc
    if oidc is None or oidc.issuer_key_path is None:
        raise Failure(
            "此设置没有签发密钥（oidc.issuer_key_path）",
            ExitCode.INVALID,
            hint="本命令只用于本机全套服务；令牌须向 oidc.issuer 所指的身份认证系统申请",
        )
    if not oidc.issuer_key_path.exists():
        raise Failure(f"签发密钥 {oidc.issuer_key_path} 不存在", ExitCode.UNREACHABLE, hint="先运行 mianzheng up")
    signed = TokenIssuer(oidc, oidc.issuer_key_path).issue(
        who.roles,
        who.principal_id,
        department=who.department,
        unit=who.unit,
        items=who.items,
        lifetime=timedelta(minutes=minutes),
    )
    emit({"token": signed, "expires_in": minutes * 60}, lambda: signed)
