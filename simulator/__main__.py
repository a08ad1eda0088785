import time

from simulator.server import Simulator

with Simulator(port=8080) as s:
    print(s.url)
    time.sleep(1000)
