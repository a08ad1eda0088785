# The simulator alone: no compiler, no installer, no tests. Nothing here depends on the processor: every wheel comes ready-made.
#
#   docker build -t provider-simulator:0.2.0 .
#   docker run --rm -p 8080:8080 provider-simulator:0.2.0
#
# Pin the base image by digest with `--build-arg BASE=python:3.13-slim@sha256:…`.

ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/simulator
WORKDIR /source
COPY . .
RUN PIP_CONSTRAINT=/source/constraints.txt PIP_BUILD_CONSTRAINT=/source/constraints.txt \
    python -m pip --python /opt/simulator install --no-compile '.[jsonpatch,tls,webhooks]' \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/simulator/lib \
 && mkdir -p /folders/ca /folders/scenarios

# What is in the image, as a CycloneDX document. The tool that writes it stays out of the image.
FROM python:3.13-slim AS sbom
COPY constraints.txt /constraints.txt
RUN PIP_CONSTRAINT=/constraints.txt python -m pip install --quiet --root-user-action ignore cyclonedx-bom
COPY --from=build /opt/simulator /opt/simulator
RUN cyclonedx-py environment --output-reproducible --output-file /sbom.cdx.json /opt/simulator/bin/python

FROM ${BASE}
LABEL org.opencontainers.image.title="provider-simulator" \
      org.opencontainers.image.description="A stateful, in-memory simulator of phone-number providers: Cartesia, Cald, Truedy, Chirp, Vantax" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"

COPY --from=build /opt/simulator /opt/simulator
COPY --from=sbom /sbom.cdx.json /opt/simulator/sbom.cdx.json
# Two places for mounts: your scenarios are found by name in the one; a volume on the other, which the simulator's user may
# write, hands the CA of SIMULATOR_TLS to its clients.
COPY --from=build /folders/scenarios /scenarios
COPY --from=build --chown=65532:65532 /folders/ca /ca

# The root may be read-only: nothing is written but, with TLS, the server's key for a moment, into memory.
ENV PATH=/opt/simulator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/dev/shm \
    SIMULATOR_HOST=:: \
    SIMULATOR_LOG_FORMAT=json \
    SIMULATOR_SCENARIOS=/scenarios

# One start, so that the image is known to serve, and holds the byte code of the standard library's part in it, which the
# base image comes without. Then nobody needs the base image's installer any more.
RUN PYTHONDONTWRITEBYTECODE= python -c 'import simulator, simulator.cli.main as command, simulator.cli.serve, simulator.server.tls; \
        running = simulator.Simulator().__enter__(); \
        raise SystemExit(command.main(["health", "--url", running.url]))' \
 && /usr/local/bin/python -m pip uninstall --quiet --yes --root-user-action ignore pip

USER 65532:65532
EXPOSE 8080
# Cheap, and often, so that whatever waits for this container begins at once. `--start-interval` would say so better, but
# builders that do not know it, such as Docker before 25, refuse the whole file; examples/compose.yaml has it.
HEALTHCHECK --interval=1s --timeout=3s --retries=10 CMD ["simulator", "health"]
ENTRYPOINT ["simulator"]
CMD ["serve"]
