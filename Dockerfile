FROM denoland/deno:2.9.6

# A Space runs every container as uid 1000, and mounts its persistent storage, if it has one, on /data.
RUN useradd --uid 1000 --user-group hearback && mkdir -p /app /data /deno-cache && chown hearback /app /data /deno-cache
ENV DENO_DIR=/deno-cache DATA_DIR=/data
WORKDIR /app
USER hearback

COPY --chown=hearback deno.json deno.lock ./
RUN deno ci

COPY --chown=hearback . .
RUN deno task build && deno cache --frozen main.ts sync/jobs/worker.ts

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["deno", "eval", "Deno.exit((await fetch(`http://127.0.0.1:${Deno.env.get('PORT') || 7860}/healthz`)).ok ? 0 : 1)"]
CMD ["deno", "task", "--quiet", "serve"]
