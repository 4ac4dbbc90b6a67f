"""The bucket's URL in the forms that the consoles of many services show."""

import pytest

from poster.errors import SettingsError
from poster.network.bucket_place import BucketPlace, locate_bucket
from poster.settings import BucketSettings

SECRET = "s3cretS3CRET"  # noqa: S105 - of no real service


def settings(endpoint_url: str, name: str = "", region: str = "") -> BucketSettings:
    return BucketSettings(endpoint_url, "AKIAEXAMPLE", SECRET, name, region)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (
            settings("https://posters.s3.us-west-2.amazonaws.com"),
            BucketPlace("https://s3.us-west-2.amazonaws.com", "posters", "us-west-2", "virtual"),
        ),
        (
            settings("https://my.posters.s3.amazonaws.com/"),
            BucketPlace("https://s3.amazonaws.com", "my.posters", "us-east-1", "virtual"),
        ),
        (
            settings("https://s3.dualstack.eu-west-1.amazonaws.com", "posters"),
            BucketPlace(
                "https://s3.dualstack.eu-west-1.amazonaws.com", "posters", "eu-west-1", "path"
            ),
        ),
        (
            settings("https://s3-eu-west-1.amazonaws.com/posters"),
            BucketPlace("https://s3-eu-west-1.amazonaws.com", "posters", "eu-west-1", "path"),
        ),
        (
            settings("https://Posters.nyc3.digitaloceanspaces.com"),
            BucketPlace("https://nyc3.digitaloceanspaces.com", "posters", "nyc3", "virtual"),
        ),
        (
            settings("https://s3.us-west-004.backblazeb2.com", "posters"),
            BucketPlace("https://s3.us-west-004.backblazeb2.com", "posters", "us-west-004", "path"),
        ),
        (
            settings("https://s3.fr-par.scw.cloud", "posters"),
            BucketPlace("https://s3.fr-par.scw.cloud", "posters", "fr-par", "path"),
        ),
        (
            settings("https://s3api-eur-is-1.runpod.io", "volume1"),
            BucketPlace("https://s3api-eur-is-1.runpod.io", "volume1", "eur-is-1", "path"),
        ),
        (
            settings("https://a1b2c3.r2.cloudflarestorage.com/posters"),
            BucketPlace("https://a1b2c3.r2.cloudflarestorage.com", "posters", "us-east-1", "path"),
        ),
        (
            settings("https://posters.oss-cn-hangzhou.aliyuncs.com", "posters", "oss-cn-hangzhou"),
            BucketPlace(
                "https://oss-cn-hangzhou.aliyuncs.com", "posters", "oss-cn-hangzhou", "virtual"
            ),
        ),
        (
            settings("http://127.0.0.1:9000", "posters"),
            BucketPlace("http://127.0.0.1:9000", "posters", "us-east-1", "path"),
        ),
        (
            settings("http://s3.minio.local:9000/posters/", "posters", "home"),
            BucketPlace("http://s3.minio.local:9000", "posters", "home", "path"),
        ),
    ],
)
def test_an_endpoint_is_split_into_its_parts(given: BucketSettings, place: BucketPlace) -> None:
    assert locate_bucket(given) == place


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        (settings("s3.amazonaws.com", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings("ftp://s3.amazonaws.com", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings("https://", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings("https://[s3/", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings("https://s3.example:port", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings(f"https://:{SECRET}@s3.example", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings(f"https://key:{SECRET}@s3.example", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings(f"https://s3.example?key={SECRET}", "posters"), "BUCKET_ENDPOINT_URL"),
        (settings("https://s3.us-west-2.amazonaws.com"), "BUCKET_NAME"),
        (settings("https://minio.example:9000"), "BUCKET_NAME"),
        (settings("https://minio.example/others", "posters"), "BUCKET_NAME"),
        (settings("https://minio.example/posters/folder"), "BUCKET_NAME"),
        (settings("https://minio.example", "my posters"), "BUCKET_NAME"),
        (settings("https://minio.example", "posters/new"), "BUCKET_NAME"),
    ],
)
def test_settings_without_a_bucket_are_refused_and_the_variable_named(
    given: BucketSettings, variable: str
) -> None:
    with pytest.raises(SettingsError, match=variable) as refusal:
        locate_bucket(given)
    assert SECRET.lower() not in str(refusal.value).lower()
