# The build steps are the README's: pip install . and case2fhir serve.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY app app
COPY mappings mappings
RUN python -m venv /opt/case2fhir && /opt/case2fhir/bin/pip install --no-cache-dir .

FROM python:3.11-slim
COPY --from=build /opt/case2fhir /opt/case2fhir
RUN useradd --system --uid 10001 --home-dir /data --create-home case2fhir
ENV PATH=/opt/case2fhir/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CASE2FHIR_DATABASE_URL=sqlite:////data/case2fhir.db
WORKDIR /data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["case2fhir"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
