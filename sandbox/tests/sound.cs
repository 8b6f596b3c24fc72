#region imports
using System;
#endregion
[assembly: Something(1)]
namespace A.B
{
    /* a comment with " and { */
    public class C<T> : QCAlgorithm where T : class, new()
    {
        private readonly string _a = "a \" b {", _b = @"c:\ ""x"" {";
        private readonly string _c = $"{nameof(C<T>)} {{ {Get("x")} }}", _d = $@"a {1} ""b""";
        private char _e = '{', _f = '\'', _g = '\u0041';
        private (int, int) _pair = (1, 2);
        private string _raw = """a " b { """;
        [Obsolete("x")] public int Value => Get("y") is 5 ? 1 : 2;
        public C() : base() { }
        public override void Initialize()
        {
            // a comment with (
            if (Get("a") > 0) SetCash(1);
            foreach (var (a, b) in Pairs()) Debug($"{a:0.00}");
            var query = from x in List() where x > 1.5 orderby x descending select x;
            using (var s = Open()) s.Do();
            Func<int, int> f = x => x + 1;
            switch (Get("b")) { case 1 when f(1) is 2: break; default: break; }
            try { Do(); } catch (Exception e) when (e is ArgumentException) { throw; }
            var t = (double) Get("c") / 2;
            var list = new List<int> { 1, 2 }; var range = list[1..2];
        }
    }
}
