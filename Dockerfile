# One image for the API, the worker, beat and the migrations; the command decides.

FROM python:3.13-slim-bookworm AS packages
WORKDIR /build
COPY requirements/prod.txt .
RUN python -m venv /opt/downbeat \
    && /opt/downbeat/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r prod.txt \
    && /opt/downbeat/bin/pip uninstall --yes pip

FROM python:3.13-slim-bookworm
ENV PATH=/opt/downbeat/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# The media folder is made here so that a volume mounted over it belongs to the user that writes to it.
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin downbeat \
    && install --directory --owner=downbeat --group=downbeat /var/lib/downbeat/media /var/lib/downbeat/beat
WORKDIR /app
COPY --from=packages /opt/downbeat /opt/downbeat
COPY alembic.ini ./
COPY alembic alembic
COPY templates templates
COPY src src
RUN python -m compileall -q src
ENV MEDIA_DIRECTORY=/var/lib/downbeat/media
USER downbeat
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
# WEB_CONCURRENCY says how many processes (1). No access log: the application logs each request with its id. No proxy
# headers: how far they may be believed about the client's address is set by TRUSTED_PROXY_HOPS.
CMD ["uvicorn", "src.main:create_app", "--factory", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", \
     "--no-proxy-headers", "--no-server-header", "--timeout-graceful-shutdown", "20"]
