# syntax=docker/dockerfile:1
# One image, many uses: gateway, black box, re-identifier, migration and the others differ only in their command, network and secrets.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
COPY scripts ./scripts
RUN npx tsc -p .

# Without the embedded server's binaries: in containers PostgreSQL has its own image.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Haven Gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    HAVEN_HOME=/var/lib/haven \
    HAVEN_SECRETS=/run/secrets \
    HAVEN_HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
# Migrations are read as SQL from src/; of the program only the compiled form is here.
COPY src/database/migrations ./src/database/migrations
COPY config ./config
COPY --from=build /app/dist/src ./dist/src
# Written to: HAVEN_HOME (keys of the gateway, outputs), what is mounted beside it (checkpoints for a witness, keys of backups,
# backups; a new volume takes owner and mode from here) and /tmp. The rest can be mounted read-only.
RUN install -d -o node -g node -m 0711 /var/lib/haven && \
    install -d -o node -g node -m 0700 /var/lib/haven-witness /var/lib/haven-keys /var/lib/haven-backups
USER node
VOLUME /var/lib/haven
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
# Of the gateway; docker-compose.yml gives the other processes their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps", "/app/dist/src/main.js"]
CMD ["serve"]
