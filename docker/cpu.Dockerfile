# A worker for machines without a GPU. Build from the repository's root:
#   docker build -f docker/cpu.Dockerfile -t mesh-distillery:cpu .
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libnuma1 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/ requirements/
RUN pip install --no-cache-dir --no-deps --extra-index-url https://download.pytorch.org/whl/cpu -r requirements/cpu.lock
COPY pyproject.toml README.md LICENSE ./
COPY mesh/ mesh/
COPY tasks/ tasks/
COPY flows/ flows/
COPY deployments/ deployments/
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . && useradd --create-home distillery && mkdir /data && chown distillery /data
USER distillery
ENV DISTILLERY_ROOT=/data DISTILLERY_CACHE=/data/cache HF_HOME=/data/cache/huggingface PREFECT_LOGGING_EXTRA_LOGGERS=distillery
HEALTHCHECK --interval=30s --start-period=2m \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health')"]
CMD ["distillery", "worker", "--health-port", "8080"]
