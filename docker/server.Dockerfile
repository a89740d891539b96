# Prefect's server, of the version in our locks, behind our guard. The image brings PostgreSQL's and Redis's clients.
#   docker build -f docker/server.Dockerfile -t mesh-distillery:server .
FROM prefecthq/prefect:3.7.7-python3.11
WORKDIR /opt/mesh-distillery
COPY deployments/__init__.py deployments/guarded_server.py deployments/
CMD ["python", "-m", "deployments.guarded_server", "--host", "0.0.0.0", "--port", "4200"]
