"""Where Konnect is and with which token; nothing is sent."""

import pytest

from kong_secure.errors import SettingsError
from kong_secure.konnect import REGIONS, Konnect, choose_region, parse_settings

TOKEN = {"KONNECT_TOKEN": "kpat_secret-token"}


def test_the_token_comes_from_konnect_token_before_all_others() -> None:
    environment = {"KONNECT_TOKEN": "first", "KONNECT_SPAT": "second"}
    settings = parse_settings(environment, {"konnect:token": "third"})
    assert (settings.token, settings.token_source) == ("first", "KONNECT_TOKEN")


def test_a_system_accounts_token_comes_before_the_configuration() -> None:
    settings = parse_settings({"KONNECT_SPAT": "second"}, {"konnect:token": "third"})
    assert (settings.token, settings.token_source) == ("second", "KONNECT_SPAT")


def test_the_configurations_token_is_the_last_resort() -> None:
    settings = parse_settings({"KONNECT_TOKEN": "", "KONNECT_SPAT": "  "}, {"konnect:token": "third\n"})
    assert (settings.token, settings.token_source) == ("third", "konnect:token")


def test_without_a_token_the_message_names_every_way_to_give_one() -> None:
    with pytest.raises(SettingsError, match=r"KONNECT_TOKEN.*KONNECT_SPAT.*konnect:token"):
        parse_settings({}, {})


@pytest.mark.parametrize(
    "token", ["two words", "wörd", "line\nbreak", "line\r\nX-Evil: 1", "\x00", "x\u2028y"]
)
def test_a_token_that_cannot_be_sent_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_settings({"KONNECT_TOKEN": token}, {})
    assert token not in str(refusal.value)
    assert refusal.value.__context__ is None


def test_settings_do_not_show_the_token() -> None:
    assert "secret-token" not in repr(parse_settings(TOKEN, {}))


@pytest.mark.parametrize("host", [*REGIONS, "global"])
def test_konnects_hosts_are_per_region_and_global(host: str) -> None:
    assert parse_settings(TOKEN, {}).base_url(host) == f"https://{host}.api.konghq.com"


def test_the_server_url_overrides_both_hosts() -> None:
    settings = parse_settings({**TOKEN, "KONNECT_SERVER_URL": "https://kong.example.com/{region}/"}, {})
    assert settings.base_url("eu") == "https://kong.example.com/eu"
    assert settings.base_url("global") == "https://kong.example.com/global"


def test_a_server_url_without_region_is_used_for_every_host() -> None:
    settings = parse_settings({**TOKEN, "KONNECT_SERVER_URL": "https://kong.example.com/v2"}, {})
    assert settings.base_url("eu") == settings.base_url("global") == "https://kong.example.com"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9", "LOCALHOST"])
def test_plain_http_is_allowed_on_loopback(host: str) -> None:
    settings = parse_settings({**TOKEN, "KONNECT_SERVER_URL": f"http://{host}:8080/{{region}}"}, {})
    assert settings.loopback


@pytest.mark.parametrize(
    "address",
    [
        "http://kong.example.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://{region}.localhost",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1{region}",
        "http://127.1",
        "http://2130706433",
        "http://[::ffff:10.0.0.1]",
    ],
)
def test_plain_http_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="plain HTTP"):
        parse_settings({**TOKEN, "KONNECT_SERVER_URL": address}, {})


@pytest.mark.parametrize("address", ["", "https://kong.example.com", "https://{region}.api.konghq.com"])
def test_in_the_sandbox_everything_but_loopback_is_refused(address: str) -> None:
    environment = {**TOKEN, "KONG_SECURE_SANDBOX": "/somewhere/.sandbox", "KONNECT_SERVER_URL": address}
    with pytest.raises(SettingsError, match="KONG_SECURE_SANDBOX"):
        parse_settings(environment, {})


@pytest.mark.parametrize(
    "address",
    [
        "konnect",
        "ftp://127.0.0.1",
        "https://",
        "https://a b",
        "https://h:port",
        "https://h/{zone}",
        "https://h:99999999",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="KONNECT_SERVER_URL is no address"):
        parse_settings({**TOKEN, "KONNECT_SERVER_URL": address}, {})


@pytest.mark.parametrize("host", ["999.1.1.1", "[v1.a]", "a\x7fb.example", "\u00e4_.example", "xn--.example"])
def test_a_host_that_cannot_be_asked_is_refused_when_the_client_is_made(host: str) -> None:
    settings = parse_settings({**TOKEN, "KONNECT_SERVER_URL": f"https://{host}"}, {})
    with pytest.raises(SettingsError, match="KONNECT_SERVER_URL is no address") as refusal:
        Konnect(settings)
    assert refusal.value.__context__ is None


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1:80@evil.example",
        "http://@evil.example",
        "http://localhost\\@evil.example",
        "http://127.0.0.1#@evil.example",
        "http://127.0.0.1?@evil.example",
        "http://127.0.0.1\t.evil.example",
        "http://\uff11\uff12\uff17.0.0.1",
        "http://127.0.0.1\x00.evil.example",
    ],
)
def test_an_address_that_only_looks_like_loopback_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="KONNECT_SERVER_URL"):
        parse_settings({**TOKEN, "KONNECT_SERVER_URL": address}, {})


@pytest.mark.parametrize("more", ["?a=b", "/v2?a", "#part", "?{region}"])
def test_an_address_with_a_query_or_a_fragment_is_refused(more: str) -> None:
    with pytest.raises(SettingsError, match="more than scheme, host, port and path"):
        parse_settings({**TOKEN, "KONNECT_SERVER_URL": f"https://kong.example.com{more}"}, {})


@pytest.mark.parametrize("end", ["", "/", "//", "/v2", "/v2/", "/base", "/base/v2/"])
def test_an_address_may_end_in_a_path_and_slashes(end: str) -> None:
    settings = parse_settings({**TOKEN, "KONNECT_SERVER_URL": f"https://[::1]:8443{end}"}, {})
    assert settings.base_url("us") == "https://[::1]:8443" + ("/base" if "base" in end else "")


def test_credentials_in_the_address_are_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_settings({**TOKEN, "KONNECT_SERVER_URL": "https://me:pass-word@kong.example.com"}, {})
    assert "pass-word" not in str(refusal.value)


def test_the_deadline_is_five_minutes_unless_given() -> None:
    assert parse_settings(TOKEN, {}).deadline_seconds == 300
    assert parse_settings(TOKEN, {"konnect:timeoutSeconds": "20"}).deadline_seconds == 20
    environment = {**TOKEN, "KONNECT_TIMEOUT_SECONDS": "7.5"}
    assert parse_settings(environment, {"konnect:timeoutSeconds": "20"}).deadline_seconds == 7.5


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "1e9", "nan", "100000"])
def test_a_deadline_that_is_none_is_refused(seconds: str) -> None:
    with pytest.raises(SettingsError, match=r"KONNECT_TIMEOUT_SECONDS.*1 to 86400"):
        parse_settings({**TOKEN, "KONNECT_TIMEOUT_SECONDS": seconds}, {})


def test_the_region_is_the_argument_else_the_configuration_else_the_environment_else_us() -> None:
    environment = {"KONNECT_REGION": "au"}
    assert choose_region("in", environment, "eu") == "in"
    assert choose_region(None, environment, "eu") == "eu"
    assert choose_region(None, environment, None) == "au"
    assert choose_region(None, {"KONNECT_REGION": ""}, None) == "us"


@pytest.mark.parametrize("region", ["US", "usa", "", "global", 1])
def test_an_unknown_region_is_refused_with_a_list(region: object) -> None:
    with pytest.raises(SettingsError, match="us, eu, au, me, in, sg"):
        choose_region(region, {}, None)
