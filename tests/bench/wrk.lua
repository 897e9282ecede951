-- Gives wrk the request as its arguments (method, body, number of requests or 0) and prints what came of it as JSON.
local answered, limit = 0, 0

function init(args)
  wrk.method = args[1]
  if args[2] ~= "" then wrk.body = args[2] end
  limit = tonumber(args[3])
  if limit == 0 then response = nil end -- wrk is faster without it
end

function response()
  answered = answered + 1
  if answered == limit then wrk.thread:stop() end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('\n{"requests":%d,"seconds":%f,"p99":%f,"failed":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3, failed))
end
