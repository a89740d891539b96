from prefect import task


@task
def report_task(*a):
    return "report.html"
