import time
from tests.integration.kafka.running import *
from tests.integration.conftest import *
from tests.support.children import until
from tests.support.events import at, document
from overheal import telemetry
def test_x(own_kafka):
    site = Installation(own_kafka.bootstrap, Topics(own_kafka.client()))
    site.send(*[document(f"e{i}", at()) for i in range(3000)])
    r = Running(site, {})
    until(lambda: r.metrics.value(telemetry.FORWARDED) > 0, 40, "x")
    own_kafka.kill()
    t=time.monotonic()
    for _ in range(40):
        time.sleep(0.5)
        if r.reasons: break
    print("obstacle", time.monotonic()-t, r.reasons)
    t=time.monotonic(); r.signals.stop(); r._thread.join(120); print("stopped after", time.monotonic()-t, r.error)
