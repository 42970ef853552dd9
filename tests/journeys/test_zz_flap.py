from tests.callers import Caller
from tests import servers
import time
def test_flap(product, hire):
    out=[]
    for i in range(30):
        c = hire(product,"alice",namespace=f"flap{i}")
        c.learn("Who painted the Mona Lisa?")
        out.append([c.ask(f"Who painted the Mona Lisa{'?'*n} painting?",headers={"Cache-Control":"only-if-cached"}).status for n in range(6)])
    bad=[o for o in out if 504 in o]
    print(len(bad), bad); assert 0
