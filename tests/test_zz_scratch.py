import subprocess, json, os, time
from pathlib import Path
from tests.support.product import Product
from tests.support.services import create_extra_database
from tests.support import pictures
from tests.core.s3 import s3_server, BUCKET
from PIL import Image
import pytest


def sh(cmd):
    out = subprocess.run(cmd, shell=True, capture_output=True, text=True)
    return out.stdout + out.stderr


@pytest.mark.parametrize("s3", [False, True])
def test_hand(tmp_path, redis_url, s3):
    url = create_extra_database("hand" + str(int(s3)))
    with s3_server() as s3url:
        extra = (
            dict(
                S3_BUCKET=BUCKET, S3_ENDPOINT_URL=s3url, S3_ACCESS_KEY_ID="test", S3_SECRET_ACCESS_KEY="test"
            )
            if s3
            else {}
        )
        with Product(database_url=url, redis_url=redis_url, folder=tmp_path / "p", **extra) as product:
            product.start_api()
            product.start_worker()
            A = product.url + "/api/v1"
            body = (
                '{"email":"a@example.com","password":"correct horse battery","firstname":"A","lastname":"B"}'
            )
            print(sh(f"curl -sS {A}/auth/register -H 'content-type: application/json' -d '{body}'"))
            login = '{"email":"a@example.com","password":"correct horse battery"}'
            tok = json.loads(sh(f"curl -sS {A}/auth/login -H 'content-type: application/json' -d '{login}'"))[
                "access_token"
            ]
            H = f"-H 'Authorization: Bearer {tok}'"
            big = tmp_path / "big.jpg"
            big.write_bytes(
                pictures.saved(
                    Image.effect_noise((4000, 3000), 60).convert("RGB"),
                    "JPEG",
                    quality=85,
                    exif=Image.open(__import__("io").BytesIO(pictures.jpeg_with_place(6))).getexif(),
                )
            )
            print("size", big.stat().st_size)
            out = sh(
                f"curl -sS -w '\\n%{{http_code}} %{{time_total}}\\n' {H} -F file=@{big} {A}/users/me/photo"
            )
            print(out)
            me = json.loads(out.splitlines()[0])
            print(sh(f"curl -sSL {me['photo']['thumb']} -o {tmp_path}/t.webp -D - "))
            im = Image.open(tmp_path / "t.webp")
            print(im.size, im.info)
            zero = tmp_path / "zero"
            with zero.open("wb") as f:
                f.truncate(60_000_000)
            print(
                sh(
                    f"curl -sS -w '\\n%{{http_code}} up=%{{size_upload}}\\n' {H} -F file=@{zero} {A}/users/me/photo"
                )
            )
            print(
                sh(
                    f"curl -sS -w '\\n%{{http_code}} up=%{{size_upload}}\\n' {H} -H 'Transfer-Encoding: chunked' -H 'Expect:' -F file=@{zero} {A}/users/me/photo"
                )
            )
            print(
                "anon",
                sh(
                    f"curl -sS -w '\\n%{{http_code}} up=%{{size_upload}}\\n' -F file=@{big} {A}/users/me/photo"
                ),
            )
            print(
                sh(
                    f"curl -sS -w '\\n%{{http_code}}\\n' {H} -F 'file=@/etc/hostname;filename=x.jpg;type=image/jpeg' {A}/users/me/photo"
                )
            )
            print(
                sh(f"curl -sS -w '\\n%{{http_code}}\\n' {H} -F file=@{big} -F x=1 {A}/users/me/photo")[-200:]
            )
            ps = sh(f"ps -o rss= -p {product._processes['api'].pid}")
            print("rss before", ps)
            t = time.time()
            print(
                sh(
                    " & ".join(
                        f"curl -sS -o /dev/null -w '%{{http_code}} ' {H} -F file=@{big} {A}/users/me/photo"
                        for _ in range(10)
                    )
                    + " & wait"
                ),
                time.time() - t,
            )
            print("rss", sh(f"grep -E 'VmHWM|VmRSS' /proc/{product._processes['api'].pid}/status"))
            print(sh(f"curl -sS {H} {A}/users/me/export"))
            print(sh(f"curl -sS -X DELETE -w '%{{http_code}}' {H} {A}/users/me"))
            print(sh(f"curl -sS -w '%{{http_code}}' {H} {A}/users/me"))
            import asyncpg, asyncio

            async def due():
                c = await asyncpg.connect(url.replace("+asyncpg", ""))
                print(await c.fetch("select key, delete_at is null as attached from stored_files"))
                await c.execute("update stored_files set delete_at = delete_at - interval '2 hours'")
                await c.close()

            asyncio.run(due())
            env = dict(product.environment)
            print(
                subprocess.run(
                    ["celery", "-A", "src.worker", "call", "core.delete_unused_files"],
                    env=env | {"PATH": str(Path(".venv/bin").resolve()) + ":" + os.environ["PATH"]},
                    capture_output=True,
                    text=True,
                )
            )
            time.sleep(4)

            async def left():
                c = await asyncpg.connect(url.replace("+asyncpg", ""))
                print("rows left", await c.fetchval("select count(*) from stored_files"))
                await c.close()

            asyncio.run(left())
            print("files left", len(list((tmp_path / "p/media").rglob("*.webp"))))
            print(product.log("api")[-1500:])
            print(product.log("worker")[-800:])
