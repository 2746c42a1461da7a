"""What a market is asked: whom to test first, who carries an SDK, who belongs together, what changed, and which sample to draw.

Every question takes an open `mingjian.lake.Lake` and gives a `Result`: a summary and one page of rows, each a dataclass whose fields
`lake.ask.column.<name>` tells in both languages. Each number can be followed: rows name the key of their report, and for counts there is
a question that lists the apps behind them (`carriers`, `members`, `trend_apps`, `sampled_apps`)."""

from mingjian.lake.questions.allocation import Allocation
from mingjian.lake.questions.asked import ALL_APPS, FIRST, MOST_ROWS, Apps, Page, Result
from mingjian.lake.questions.clustering import Cluster, Clusters, IgnoredKey, Key, Member, clusters, ignored_keys, members
from mingjian.lake.questions.estimates import Counted, Estimate, stratified
from mingjian.lake.questions.exposed import Carrier, ExposedSdk, ExposedSdks, Told, carriers, exposure
from mingjian.lake.questions.outcomes import Drawn, SampledApp, StratumResult, estimate, sampled_apps
from mingjian.lake.questions.plan_file import read_plan
from mingjian.lake.questions.ranked import Purpose, RankedApp, RankedApps, ranking
from mingjian.lake.questions.sampling import Design, Plan, Planned, Stratum, plan
from mingjian.lake.questions.shares import Difference, Judgement, Share, between, share
from mingjian.lake.questions.trends import Of, Trend, TrendApp, Trends, Weighed, trend, trend_apps

__all__ = [
    "ALL_APPS",
    "FIRST",
    "MOST_ROWS",
    "Allocation",
    "Apps",
    "Carrier",
    "Cluster",
    "Clusters",
    "Counted",
    "Design",
    "Difference",
    "Drawn",
    "Estimate",
    "ExposedSdk",
    "ExposedSdks",
    "IgnoredKey",
    "Judgement",
    "Key",
    "Member",
    "Of",
    "Page",
    "Plan",
    "Planned",
    "Purpose",
    "RankedApp",
    "RankedApps",
    "Result",
    "SampledApp",
    "Share",
    "Stratum",
    "StratumResult",
    "Told",
    "Trend",
    "TrendApp",
    "Trends",
    "Weighed",
    "between",
    "carriers",
    "clusters",
    "estimate",
    "exposure",
    "ignored_keys",
    "members",
    "plan",
    "ranking",
    "read_plan",
    "sampled_apps",
    "share",
    "stratified",
    "trend",
    "trend_apps",
]
